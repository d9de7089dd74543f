import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

test('a new follower logs in, is registered by the site, and is known the next time', async () => {
  const person = await world.newPerson({ follows: false })
  const flow = await world.createFlow()
  await world.scan(person, flow.qr.content)
  expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body).toMatchObject({
    state: 'scanned',
    next: 'phone',
  })
  expect((await world.decide(person, 'confirm')).title).toBe('已确认登录')
  const { completion_code } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const redeemed = await world.api<{ user: null; registration_token: string }>('POST', `/v1/flows/${flow.id}/redeem`, {
    completion_code,
  })
  expect(redeemed.body).toMatchObject({
    user: null,
    wechat: { account: world.account.appid, subscribed: true },
    assurance: 'tap',
  })
  const { registration_token } = redeemed.body
  const registered = await world.api('POST', `/v1/flows/${flow.id}/register`, {
    registration_token,
    external_user_id: 'shop-1',
  })
  expect(registered.body).toMatchObject({ user: { external_user_id: 'shop-1', is_new: true } })

  const second = await world.createFlow()
  await world.scan(person, second.qr.content)
  await world.decide(person, 'confirm')
  const code = (await world.browser('GET', `/v1/flows/${second.id}`, second.secret)).body.completion_code
  const again = await world.api('POST', `/v1/flows/${second.id}/redeem`, { completion_code: code })
  expect(again.body).toMatchObject({ user: { external_user_id: 'shop-1', is_new: false } })
})

test('a follower binds: the six digits of the phone are typed on the PC', async () => {
  const person = await world.newPerson()
  const flow = await world.createFlow({ kind: 'bind', external_user_id: 'shop-2', display_name: 'ada@example.com' })
  const { text } = await world.scan(person, flow.qr.content)
  expect(text).toContain('ad•••@ex•••.com')
  const phone = await world.decide(person, 'confirm')
  const code = phone.outputs.code ?? ''
  expect(code).toMatch(/^\d{6}$/)
  expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.next).toBe('enter_code')
  const wrong = code === '000000' ? '111111' : '000000'
  expect(await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: wrong })).toMatchObject({
    status: 401,
    body: { code: 'code_invalid', tries_left: 4 },
  })
  const confirmed = await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
  expect(confirmed.body).toMatchObject({ state: 'confirmed', next: 'finish' })
  const { completion_code } = confirmed.body
  const redeemed = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
  expect(redeemed).toMatchObject({ status: 200, body: { user: { external_user_id: 'shop-2' } } })
})
