import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, type Problem, startHarness } from './harness.ts'

let world: Harness
let path: string
beforeAll(async () => {
  world = await startHarness({ app: { scopes: ['replies'] } })
  path = `/v1/accounts/${world.account.appid}`
})
afterAll(() => world.close())

interface Rule {
  id: string
  kind: string
  keywords: string[]
  text: string
  priority: number
}
interface Menu {
  draft?: { button: object[] }
  published?: { button: object[] }
  published_at?: string
}

const rule = { kind: 'contains', keywords: ['订单'], text: '请看网站' }
const order = { name: '查询订单', type: 'click', key: 'ORDER' }
const menu = {
  button: [order, { name: '更多', sub_button: [{ name: '商店', type: 'view', url: 'https://shop.example.com/' }] }],
}
const onPhones = async () => (await world.sim('GET', `/accounts/${world.account.appid}`)).menu

test('rules are added, listed, replaced and removed', async () => {
  const added = await world.api<Rule>('POST', `${path}/replies`, rule)
  expect(added).toMatchObject({ status: 201, body: { ...rule, priority: 0, id: expect.stringMatching(/^rr_/) } })
  const list = async () => (await world.api<{ welcome: null; data: Rule[] }>('GET', `${path}/replies`)).body
  expect(await list()).toMatchObject({ welcome: null, data: [added.body] })
  const changed = { ...rule, text: '请稍等', priority: 3 }
  expect((await world.api('PUT', `${path}/replies/${added.body.id}`, changed)).body).toMatchObject(changed)
  expect((await list()).data).toMatchObject([changed])
  expect((await world.api('DELETE', `${path}/replies/${added.body.id}`)).status).toBe(204)
  expect((await list()).data).toEqual([])
  expect((await world.api('DELETE', `${path}/replies/${added.body.id}`)).body).toMatchObject({ code: 'not_found' })
})

test('the welcome is set, and unset', async () => {
  const set = (welcome: string | null) => world.api('PUT', `${path}/replies/welcome`, { welcome })
  expect(await set('您好')).toMatchObject({ status: 200, body: { welcome: '您好' } })
  expect(await set(null)).toMatchObject({ status: 200, body: { welcome: null } })
  expect((await set('好'.repeat(683))).body).toMatchObject({ code: 'invalid_value' })
})

test('a menu is kept, published and withdrawn', async () => {
  expect((await world.api<Problem>('POST', `${path}/menu/publish`)).body.code).toBe('not_found')
  expect((await world.api<Menu>('PUT', `${path}/menu`, menu)).body).toMatchObject({ draft: menu })
  expect(await onPhones()).toBeNull()
  const published = await world.api<Menu>('POST', `${path}/menu/publish`)
  expect(published).toMatchObject({ status: 200, body: { draft: menu, published: menu } })
  expect(await onPhones()).toEqual(menu.button)
  await world.api('PUT', `${path}/menu`, { button: [order] })
  expect((await world.api<Menu>('GET', `${path}/menu`)).body).toMatchObject({
    draft: { button: [order] },
    published: menu,
  })
  const withdrawn = (await world.api<Menu>('DELETE', `${path}/menu`)).body
  expect([withdrawn.draft, withdrawn.published, await onPhones()]).toEqual([{ button: [order] }, undefined, null])
})

test('a menu beyond WeChat’s limits is refused, and the place is named', async () => {
  const wrong = { button: [order, { name: '更多', sub_button: [{ name: '商店', type: 'view', url: 'ftp://x' }] }] }
  const { status, body } = await world.api<Problem & { errors: { path: string }[] }>('PUT', `${path}/menu`, wrong)
  expect([status, body.code, body.errors[0]?.path]).toEqual([422, 'invalid_value', 'button.1.sub_button.0.url'])
})

test.each([
  [{ kind: 'errcode', errcode: 48001 }, 409, 'account_capability_missing'],
  [{ kind: 'errcode', errcode: 40018 }, 422, 'invalid_value'],
  [{ kind: 'errcode', errcode: 45009 }, 503, 'wechat_unavailable'],
  [{ kind: 'http_5xx' }, 503, 'wechat_unavailable'],
])('what WeChat says to a menu is passed on: %o is %i %s', async (fault, status, code) => {
  await world.api('PUT', `${path}/menu`, menu)
  const before = (await world.api<Menu>('GET', `${path}/menu`)).body.published_at
  await world.sim('POST', '/faults', { path: '/cgi-bin/menu/create', times: 1, ...fault })
  expect((await world.api<Problem>('POST', `${path}/menu/publish`)).body).toMatchObject({ status, code })
  expect((await world.api<Menu>('GET', `${path}/menu`)).body.published_at).toBe(before)
})

test('only an app with the scope writes, and only its own account’s [B44, T45]', async () => {
  const without = await world.addSite()
  const foreign = await world.addSite({ appid: await otherAccount(), scopes: ['replies'] })
  const calls: [method: string, path: string, body?: object][] = [
    ['GET', '/replies'],
    ['POST', '/replies', rule],
    ['PUT', '/replies/welcome', { welcome: 'x' }],
    ['PUT', `/replies/rr_${'a'.repeat(26)}`, rule],
    ['DELETE', `/replies/rr_${'a'.repeat(26)}`],
    ['GET', '/menu'],
    ['PUT', '/menu', menu],
    ['POST', '/menu/publish'],
    ['DELETE', '/menu'],
  ]
  for (const [method, rest, body] of calls) {
    const call = async (key: string) => (await world.api<Problem>(method, path + rest, body, { key })).body
    expect(await call(without.apiKey)).toMatchObject({ status: 403, code: 'scope_missing' })
    expect(await call(foreign.apiKey)).toMatchObject({ status: 404, code: 'not_found' })
    expect(await call('hk_nobody')).toMatchObject({ status: 401 })
  }
})

async function otherAccount(): Promise<string> {
  const account = await world.app.accounts.add({
    appid: 'wxsim0000000000000',
    originalId: 'gh_0000000000ab',
    name: 'other',
    kind: 'subscription',
    verified: false,
    mode: 'plaintext',
    secret: 'x'.repeat(32),
    token: 'x'.repeat(16),
    simulated: true,
  })
  return account.appid
}

test('an account that has no menu by API is told so before WeChat is asked', async () => {
  const { apiKey: key } = await world.addSite({ appid: 'wxsim0000000000000', scopes: ['replies'] })
  const own = '/v1/accounts/wxsim0000000000000/menu'
  expect((await world.api('PUT', own, menu, { key })).status).toBe(200)
  const { body } = await world.api<Problem>('POST', `${own}/publish`, undefined, { key })
  expect(body).toMatchObject({ status: 409, code: 'account_capability_missing' })
})
