import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { json, problem, type Seen } from './fake.ts'
import { english, shows, spoken, useWidget } from './harness.ts'

const widget = useWidget()
const methods = ['email', 'phone']
const unknown = { state: 'registration_required', next: 'register', registration: { methods } } as const

/** A Hufu that sends codes, and knows one address: `code` is right for all of them. */
function hufu({ known = '', needs = 'consent', code = '123456' } = {}): Seen[] {
  const asked: Seen[] = []
  widget.fake.fault((seen, response) => {
    if (!seen.path.endsWith('/registration')) return false
    asked.push(seen)
    const body = seen.body as Record<string, string | boolean | undefined>
    const typed = body.email_code ?? body.sms_code
    const contact = body.email ?? body.phone
    if (typed === undefined && `${body.password ?? 'long enough'}`.length < 9) {
      problem(response, 422, 'invalid_value', { errors: [{ path: 'password', message: 'short' }] })
    } else if (typed === undefined) {
      const sent = { method: body.email ? 'email' : 'phone', to: `${contact}`.slice(0, 2).concat('•••') }
      json(response, 200, { ...widget.fake.latest.flow, registration: { methods, sent } })
    } else if (typed !== code) {
      problem(response, 401, 'code_invalid', { tries_left: 4 })
    } else if (contact === known && body.link !== true && body.password !== 'its password') {
      problem(response, 409, 'credential_proof_required', { needs })
    } else {
      widget.fake.advance({ state: 'confirmed', next: 'finish', completion_code: 'cc_1' })
      json(response, 200, widget.fake.latest.flow)
    }
    return true
  })
  return asked
}

async function open(body = english): Promise<{ page: Page; complaints: string[] }> {
  const opened = await widget.open({ body })
  await shows(opened.page, 'waiting')
  widget.fake.advance(unknown)
  await shows(opened.page, 'register')
  return opened
}

test('an unknown person registers by e-mail: address and password, then the code', async () => {
  const asked = hufu()
  const { page, complaints } = await open()
  await page.getByLabel('E-mail address').fill('ada@example.com')
  await page.getByLabel('Choose a password').fill('12345678')
  await page.keyboard.press('Enter')
  expect(await page.getByRole('alert').filter({ hasText: 'one is short' }).textContent()).toContain('leak')
  await page.getByLabel('Choose a password').fill('correct horse')
  await page.keyboard.press('Enter')
  await page.getByText('A code is on its way to ad•••').waitFor()
  await page.getByLabel('Six digits').fill('000000')
  await page.keyboard.press('Enter')
  await page.getByText('tries left: 4').waitFor()
  await page.getByLabel('Six digits').fill('123456')
  await page.getByRole('button', { name: 'OK' }).click()
  await page.waitForURL(/\/home$/)
  expect(asked.at(-1)?.body).toEqual({ email: 'ada@example.com', email_code: '123456' })
  expect(asked.every(({ headers }) => headers.authorization?.startsWith('Bearer '))).toBe(true)
  expect(complaints).toEqual([])
})

test('or by phone, in Chinese', async () => {
  hufu()
  const { page } = await open('<hufu-scan lang="zh-CN" start-url="/start" finish-url="/finish"></hufu-scan>')
  await page.getByRole('button', { name: '改用手机号' }).click()
  await page.getByLabel('手机号').fill('13800138000')
  await page.getByRole('button', { name: '发送验证码' }).click()
  await page.getByText('验证码已发往 13•••').waitFor()
  await page.getByLabel('六位验证码').fill('123456')
  await page.getByRole('button', { name: '确定' }).click()
  await page.waitForURL(/\/home$/)
})

test('an account that is there is linked only when its owner says so [T41]', async () => {
  const asked = hufu({ known: '13800138000' })
  const { page } = await open()
  await page.getByRole('button', { name: 'Use a phone instead' }).click()
  await page.getByLabel('Phone number').fill('13800138000')
  await page.keyboard.press('Enter')
  await page.getByLabel('Six digits').fill('123456')
  await page.keyboard.press('Enter')
  await page.getByText('There is an account with 13•••').waitFor()
  await page.getByRole('button', { name: 'Link', exact: true }).click()
  await page.waitForURL(/\/home$/)
  expect(asked.at(-1)?.body).toEqual({ phone: '13800138000', sms_code: '123456', link: true })
})

test('after a long time its password is asked for [T41]', async () => {
  hufu({ known: '13800138000', needs: 'password' })
  const { page } = await open()
  await page.getByRole('button', { name: 'Use a phone instead' }).click()
  await page.getByLabel('Phone number').fill('13800138000')
  await page.keyboard.press('Enter')
  await page.getByLabel('Six digits').fill('123456')
  await page.keyboard.press('Enter')
  await page.getByLabel('Password of that account').fill('its password')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/home$/)
})

test('what the form says is said to everybody; it goes when the flow goes on', async () => {
  hufu()
  const { page } = await open()
  await page.getByLabel('E-mail address').waitFor()
  expect(await spoken(page)).toMatchSnapshot()
  widget.fake.advance({ state: 'expired', next: null })
  await shows(page, 'expired')
  expect(await page.getByLabel('E-mail address').isVisible()).toBe(false)
})

test('a person who cannot be helped here is told so', async () => {
  hufu({ known: 'ada@example.com', needs: 'support' })
  const { page } = await open()
  await page.getByLabel('E-mail address').fill('ada@example.com')
  await page.getByLabel('Choose a password').fill('correct horse')
  await page.keyboard.press('Enter')
  await page.getByLabel('Six digits').fill('123456')
  await page.keyboard.press('Enter')
  await page.getByText('please ask the site').waitFor()
})
