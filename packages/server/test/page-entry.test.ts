import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { type Harness, type NewFlow, type Page, startHarness } from './harness.ts'

let world: Harness
let paged: { apiKey: string }
beforeAll(async () => {
  world = await startHarness({ app: { bindAssurance: 'tap' } })
  paged = await world.addSite({ entry: 'page', registration: 'auto', bindAssurance: 'tap' })
})
afterAll(() => world.close())

const newFlow = (body: object = {}) => world.createFlow({ kind: 'login', entry: 'page', ...body })
const open = (person: string, url: string): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url })
const press = (person: string, value: 'confirm' | 'decline', fields = {}): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value }, fields })
const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body

async function qrCalls(): Promise<number> {
  return (await world.sim('GET', '/calls'))['/cgi-bin/qrcode/create'] ?? 0
}

describe('a flow entered by the QR code of a page', () => {
  test('shows the page’s own address, and asks WeChat for no code', async () => {
    const before = await qrCalls()
    const flow = await newFlow()
    expect(flow).toMatchObject({ entry: 'page', next: 'scan', qr: { content: flow.wechat_url } })
    expect(flow.qr.content).toMatch(new RegExp(`^${world.base}/confirm/`))
    expect(await qrCalls()).toBe(before)
  })

  test('logs in a person who follows nothing', async () => {
    const flow = (await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: paged.apiKey })).body
    expect(flow.entry).toBe('page')
    const person = await world.newPerson({ follows: false })
    expect((await open(person, flow.qr.content)).forms).toHaveLength(1)
    expect(await see(flow)).toMatchObject({ state: 'scanned', next: 'phone' })
    expect((await press(person, 'confirm')).status).toBe(200)
    const { completion_code } = await see(flow)
    const redeemed = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key: paged.apiKey })
    expect(redeemed).toMatchObject({ status: 200, body: { user: { is_new: true }, wechat: { subscribed: false } } })
  })

  test('links an account, and the person is known when they scan again', async () => {
    const person = await world.newPerson({ follows: false })
    for (const kind of ['bind', 'login']) {
      const flow = await newFlow({ kind, ...(kind === 'bind' && { external_user_id: 'paged' }) })
      await open(person, flow.qr.content)
      await press(person, 'confirm')
      const { completion_code } = await see(flow)
      const { body } = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
      expect(body).toMatchObject({ user: { external_user_id: 'paged' } })
    }
  })

  test('can be declined', async () => {
    const flow = await newFlow()
    const person = await world.newPerson({ follows: false })
    await open(person, flow.qr.content)
    await press(person, 'decline')
    expect(await see(flow)).toMatchObject({ state: 'declined', next: null })
  })

  test('a second WeChat that opens it is turned away, and whoever confirms must carry six digits back [T21]', async () => {
    const flow = await newFlow()
    const [first, second] = [await world.newPerson({ follows: false }), await world.newPerson({ follows: false })]
    await open(first, flow.qr.content)
    const refused = await open(second, flow.qr.content)
    expect(refused).toMatchObject({ status: 403, forms: [] })
    expect(refused.text).toContain('已被另一个微信扫描')
    expect(await see(flow)).toMatchObject({ state: 'scanned', assurance: 'code' })
    const page = await press(first, 'confirm')
    expect(page.outputs.code).toMatch(/^\d{6}$/)
    expect(await see(flow)).toMatchObject({ next: 'enter_code' })
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: page.outputs.code })
    expect(await see(flow)).toMatchObject({ state: 'confirmed' })
  })

  test('asks for the number under “number” from the first look', async () => {
    const flow = await newFlow({ assurance: 'number' })
    const person = await world.newPerson({ follows: false })
    const page = await open(person, flow.qr.content)
    expect(page.forms[0]?.fields).toHaveProperty('number')
    const { number = '' } = await see(flow)
    const wrong = number === '00' ? '01' : '00'
    expect(await press(person, 'confirm', { number: wrong })).toMatchObject({ status: 422 })
    await press(person, 'confirm', { number })
    expect(await see(flow)).toMatchObject({ state: 'confirmed' })
  })

  test('confirms nothing by being opened, even under “instant”', async () => {
    const { apiKey } = await world.addSite({ entry: 'page', loginAssurance: 'instant' })
    const flow = (await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })).body
    const person = await world.newPerson()
    for (let n = 0; n < 3; n++) await open(person, flow.qr.content)
    expect(await see(flow)).toMatchObject({ state: 'scanned' })
  })

  test('a page that WeChat shows as a snapshot proves nobody [T30]', async () => {
    const flow = await newFlow()
    const person = await world.newPerson({ follows: false })
    const shown = await world.sim('POST', `/people/${person}/open`, { url: flow.qr.content, grant: 'snapshot' })
    expect(shown.status).toBe(409)
    expect(await see(flow)).toMatchObject({ state: 'waiting' })
  })

  test('an address alone, without WeChat’s word, changes nothing [T26]', async () => {
    const flow = await newFlow()
    for (const method of ['GET', 'HEAD', 'GET']) await fetch(flow.qr.content, { method, redirect: 'manual' })
    expect(await see(flow)).toMatchObject({ state: 'waiting' })
  })
})

describe('what a flow is entered by', () => {
  test('is what the flow says, else what its app prefers, else what the account can do', async () => {
    expect((await world.createFlow()).entry).toBe('qr')
    const preferred = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: paged.apiKey })
    expect(preferred.body.entry).toBe('page')
    const named = { kind: 'login', entry: 'qr' }
    expect((await world.api<NewFlow>('POST', '/v1/flows', named, { key: paged.apiKey })).body.entry).toBe('qr')
  })

  test('is one of three', async () => {
    expect(await world.api('POST', '/v1/flows', { kind: 'login', entry: 'poster' })).toMatchObject({ status: 422 })
  })
})

test('so many confirm pages a minute open for one address; then it is asked to try again', async () => {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 2 }
  const busy = await startHarness({ config: { limits } })
  try {
    const { qr } = await busy.createFlow({ kind: 'login', entry: 'page' })
    const statusOf = async (): Promise<number> =>
      (await busy.sim('POST', `/people/${await busy.newPerson({ follows: false })}/open`, { url: qr.content })).status
    await statusOf()
    await statusOf()
    expect(await statusOf()).toBe(429)
    busy.clock.advance(60_000)
    expect(await statusOf()).not.toBe(429)
  } finally {
    await busy.close()
  }
})
