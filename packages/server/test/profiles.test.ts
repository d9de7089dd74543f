import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import { begin, codeFor, handBrowser } from './hand-browser.ts'
import type { NewFlow, Page } from './harness.ts'
import { look } from './wire.ts'

interface Profiled {
  user: { id: string } | null
  wechat: { profile?: { nickname: string; avatar_url?: string } }
}
type Grant = boolean | 'snapshot'

let company: Company
let world: Company['world']
let asking: string
beforeAll(async () => {
  company = await startCompany(2)
  world = company.world
  asking = (await world.addSite({ entry: 'page', registration: 'auto', bindAssurance: 'tap', asksProfile: true }))
    .apiKey
})
afterAll(() => world.close())

const open = (person: string, url: string, grant?: Grant): Promise<Page> =>
  world.sim('POST', `/people/${person}/open`, { url, ...(grant !== undefined && { grant }) })
const press = (person: string, value: 'confirm' | 'decline'): Promise<Page> =>
  world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value } })
const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
const begun = async (body: object = {}): Promise<NewFlow> =>
  (await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login', ...body }, { key: asking })).body
const namedPerson = async (name: string): Promise<string> => (await world.sim('POST', '/people', { name })).id
const tell = (person: string, flow: NewFlow, grant: Grant = true) => open(person, `${flow.qr.content}/profile`, grant)
async function redeem(flow: NewFlow): Promise<Profiled> {
  const { completion_code } = await see(flow)
  const path = `/v1/flows/${flow.id}/redeem`
  const answer = await world.api<Profiled>('POST', path, { completion_code }, { key: asking })
  expect(answer.status).toBe(200)
  return answer.body
}
const stored = async (flow: NewFlow) =>
  (await look<{ profile_sealed: unknown }>(world, 'SELECT profile_sealed FROM flows WHERE id = ?', flow.id))[0]

describe('nickname and avatar', () => {
  test('are offered apart, and who leaves the offer tells nothing', async () => {
    const [person, flow] = [await namedPerson('薛宝钗'), await begun()]
    const page = await open(person, flow.qr.content)
    expect(page.text).toContain('可选：把微信昵称和头像告诉')
    await press(person, 'confirm')
    expect(await see(flow)).not.toHaveProperty('profile')
    expect((await redeem(flow)).wechat).not.toHaveProperty('profile')
  })

  test('are not offered by an app that did not ask for it', async () => {
    const [person, flow] = [await namedPerson('薛宝钗'), await world.createFlow({ kind: 'login', entry: 'page' })]
    expect((await open(person, flow.qr.content)).text).not.toContain('可选')
    await tell(person, flow)
    await press(person, 'confirm')
    expect(await see(flow)).not.toHaveProperty('profile')
  })

  test('granted, are shown to the page, to the backend and at the redemption', async () => {
    const [person, flow] = [await namedPerson('林黛玉'), await begun()]
    await open(person, flow.qr.content)
    const page = await tell(person, flow)
    expect(page.url.split('#')[0]).toBe(flow.qr.content)
    expect(page.text).toContain('您的微信昵称：林黛玉')
    const profile = { nickname: '林黛玉', avatar_url: expect.stringMatching(/^http/) }
    expect(await see(flow)).toMatchObject({ state: 'scanned', profile })
    const backend = await world.api('GET', `/v1/flows/${flow.id}`, undefined, { key: asking })
    expect(backend.body).toMatchObject({ profile })
    expect(JSON.stringify(await look(world, 'SELECT * FROM flows WHERE id = ?', flow.id))).not.toContain('林黛玉')
    await press(person, 'confirm')
    expect((await redeem(flow)).wechat.profile).toEqual(profile)
  })

  test('refused at WeChat, leave the page as it was', async () => {
    const [person, flow] = [await namedPerson('史湘云'), await begun()]
    await open(person, flow.qr.content)
    const page = await tell(person, flow, false)
    expect(page.url.split('#')[0]).toBe(flow.qr.content)
    expect(page.text).toContain('可选')
    await press(person, 'confirm')
    expect((await redeem(flow)).wechat).not.toHaveProperty('profile')
  })

  test('of a snapshot are nobody’s [B41, T30]', async () => {
    const [person, flow] = [await namedPerson('妙玉'), await begun()]
    await open(person, flow.qr.content)
    expect((await tell(person, flow, 'snapshot')).status).toBe(409)
    expect(await see(flow)).not.toHaveProperty('profile')
  })

  test('of another person are not taken for the one who scanned', async () => {
    const [person, other, flow] = [await namedPerson('贾宝玉'), await namedPerson('贾环'), await begun()]
    const { browser, state, back, authorize } = await begin(flow.qr.content, handBrowser())
    await browser.go(`${back}?code=${await codeFor(world, person, authorize)}&state=${state}`)
    const asked = await begin(`${flow.qr.content}/profile`, browser)
    expect(asked.authorize.searchParams.get('scope')).toBe('snsapi_userinfo')
    const code = await codeFor(world, other, asked.authorize, true)
    expect((await browser.go(`${back}?code=${code}&state=${asked.state}`)).status).toBe(403)
    expect(await see(flow)).not.toHaveProperty('profile')
  })

  test('are asked for by nobody’s address alone', async () => {
    const [person, flow] = [await namedPerson('贾探春'), await begun()]
    const url = `${flow.qr.content}/profile`
    const answer = await fetch(url, { redirect: 'manual' })
    expect(answer.headers.get('location')).toBe(new URL(flow.qr.content).pathname)
    await open(person, url)
    expect(await see(flow)).not.toHaveProperty('profile')
  })

  test('are gone with whoever unfollows, and an hour after the flow', async () => {
    const person = await world.newPerson()
    const flows = [await begun({ account: company.accounts[0] }), await begun({ account: company.accounts[0] })]
    for (const flow of flows) {
      await open(person, flow.qr.content)
      await tell(person, flow)
      await press(person, 'confirm')
      await redeem(flow)
      expect(await stored(flow)).not.toEqual({ profile_sealed: null })
    }
    await world.sim('POST', `/people/${person}/unfollow`, { account: company.accounts[0] })
    await world.app.housekeep()
    for (const flow of flows) expect(await stored(flow)).toEqual({ profile_sealed: null })
    const [stranger, late] = [await namedPerson('尤二姐'), await begun()]
    await open(stranger, late.qr.content)
    await tell(stranger, late)
    await press(stranger, 'confirm')
    await redeem(late)
    world.clock.advance(2 * 3_600_000)
    await world.app.housekeep()
    expect(await stored(late)).toEqual({ profile_sealed: null })
  })
})

test('the unionid told with them makes a person of two accounts one user, though they follow only one', async () => {
  const [a = '', b = ''] = company.accounts
  const person = await namedPerson('王熙凤')
  const known = await company.enter(person, a, { kind: 'login', entry: 'qr' }, asking)
  await world.app.housekeep()
  const flow = await begun({ account: b })
  await open(person, flow.qr.content)
  await tell(person, flow)
  await press(person, 'confirm')
  expect((await redeem(flow)).user?.id).toBe(known.body.user?.id)
})

test('a link of one account says that a person is known who came by the other', async () => {
  const [a = '', b = ''] = company.accounts
  const { app, apiKey } = await world.addSite({
    appid: b,
    registration: 'auto',
    linkUrl: 'https://other.example.com/in',
  })
  const person = await namedPerson('贾迎春')
  await company.enter(person, a, { kind: 'login' }, apiKey)
  await world.app.housekeep()
  await world.sim('POST', `/people/${person}/follow`, { account: b })
  await world.app.housekeep()
  const to = { account: world.app.accounts.get(b), openidIndex: await company.indexOf(person, b), appId: app.id }
  await world.app.store.write(async (tx) => world.app.links.issue(tx, to))
  const [link] = await look<{ id: string }>(world, 'SELECT id FROM links WHERE app_id = ?', app.id)
  const seen = await world.api('GET', `/v1/links/${link?.id}`, undefined, { key: apiKey })
  expect(seen.body).toMatchObject({ account: b, known: true })
})

test('a link of one account leads into no app of another', async () => {
  const [a = '', b = ''] = company.accounts
  const { app } = await world.addSite({ appid: b, linkUrl: 'https://other.example.com/in' })
  const issued = (appid: string) =>
    world.app.store.write(async (tx) =>
      world.app.links.issue(tx, { account: world.app.accounts.get(appid), openidIndex: 'somebody', appId: app.id }),
    )
  expect(await issued(a)).toBeUndefined()
  expect(await issued(b)).toContain('/l/')
})
