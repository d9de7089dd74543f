import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { handBrowser } from './hand-browser.ts'
import type { Harness } from './harness.ts'
import { type Claimed, idIn, type Linking, startLinking } from './linking.ts'

let linking: Linking
let world: Harness
let origin: string
beforeAll(async () => {
  linking = await startLinking()
  world = linking.world
  origin = linking.origin
})
afterAll(() => linking.close())
beforeEach(() => world.sim('DELETE', '/faults'))

describe('a claim', () => {
  test('can be confirmed by nobody but the follower the link was given to, nor without the form [T25, B30]', async () => {
    const { person, id } = await linking.arrived()
    const { continue_url } = (await linking.claim(id, linking.newId(), { display_name: 'ada@example.com' })).body
    const thief = await linking.open(await world.newPerson(), continue_url)
    expect(thief).toMatchObject({ status: 403, forms: [] })
    expect(thief.text).not.toMatch(/ad•••/)
    const browser = handBrowser()
    expect((await browser.go(continue_url)).status).toBe(302)
    expect(
      (await browser.go(continue_url, { method: 'POST', body: new URLSearchParams({ decision: 'confirm' }) })).status,
    ).toBe(403)
    await linking.open(person, continue_url)
    expect((await linking.answer(person, 'confirm')).text).toMatch(/绑定成功/)
  })

  test('is the first one’s: another user of the site cannot take the link over', async () => {
    const { id } = await linking.arrived()
    expect((await linking.claim(id, 'the-first')).status).toBe(200)
    expect(await linking.claim(id, 'the-second')).toMatchObject({ status: 409, body: { code: 'link_claimed' } })
    expect((await linking.claim(id, 'the-first')).status).toBe(200)
    const { id: contested } = await linking.arrived()
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => linking.claim(contested, `one-of-many-${n}`)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200, 409]))
  })

  test('by another app is 404, of a link that is over 410; it returns only where the app has registered [B44, T29, B37]', async () => {
    const { id } = await linking.arrived()
    const { apiKey: key } = await world.addSite()
    const foreign = await world.api('POST', `/v1/links/${id}/claim`, { external_user_id: 'x' }, { key })
    const unknown = await world.api('POST', '/v1/links/ln_nobody/claim', { external_user_id: 'x' })
    for (const { status, body } of [foreign, unknown]) expect([status, body.code]).toEqual([404, 'not_found'])
    expect((await world.api('GET', `/v1/links/${id}`, undefined, { key })).status).toBe(404)
    expect((await world.api('POST', `/v1/links/${id}/login`, {}, { key })).status).toBe(404)
    for (const return_to of ['//evil', 'https:evil', `${origin}/done/`, `${origin}\\@evil/done`, `${origin}/done\n`]) {
      expect((await linking.claim(id, 'x', { return_to })).body.code).toBe('redirect_not_registered')
      expect((await linking.logIn(id, { return_to })).status).toBe(422)
    }
    await linking.pass(30 * 60_000)
    expect((await linking.claim(id, 'x')).body.code).toBe('link_over')
  })

  test('is confirmed with one tap, whatever the app asks of its other flows', async () => {
    await world.app.apps.change(world.site.id, { loginAssurance: 'code', bindAssurance: 'number' })
    const { person, id: former } = await linking.arrived()
    for (const kind of ['login', 'bind']) {
      const id = idIn(await linking.open(person, await linking.another(former)))
      const begun = kind === 'bind' ? (await linking.claim(id, linking.newId())).body : (await linking.logIn(id)).body
      await linking.open(person, 'wechat_url' in begun ? (begun.wechat_url ?? '') : (begun as Claimed).continue_url)
      expect((await linking.answer(person, 'confirm')).outputs).not.toHaveProperty('code')
      const flow = await world.app.flows.find('flow_id' in begun ? begun.flow_id : begun.id)
      expect(flow?.state).toBe(kind === 'bind' ? 'completed' : 'confirmed')
    }
    await world.app.apps.change(world.site.id, { loginAssurance: 'tap', bindAssurance: 'code' })
  })

  test('that was claimed at the last minute ends with its half hour', async () => {
    const { person, id } = await linking.arrived()
    await linking.pass(29 * 60_000)
    const claimed = await linking.claim(id, linking.newId(), { expires_in: 1_800 })
    const { body } = await world.api<{ expires_at: string }>('GET', `/v1/links/${id}`)
    expect(claimed.body).toMatchObject({ expires_at: body.expires_at })
    await linking.pass(60_000)
    expect((await linking.open(person, claimed.body.continue_url)).status).toBe(410)
  })

  test('with a key of its own is answered once', async () => {
    const { id } = await linking.arrived()
    const body = { external_user_id: linking.newId() }
    const headers = { 'idempotency-key': 'k-1' }
    const send = () => world.api<Claimed>('POST', `/v1/links/${id}/claim`, body, { headers })
    const [one, two] = [await send(), await send()]
    expect(two.body).toEqual(one.body)
  })

  test('that would join what may not be joined ends on the page, with the old links intact [B34, B35]', async () => {
    const { person, id: former } = await linking.linked()
    const bound = idIn(await linking.open(person, await linking.another(former)))
    await linking.open(person, (await linking.claim(bound, linking.newId())).body.continue_url)
    expect(await linking.answer(person, 'confirm')).toMatchObject({ status: 409 })

    const { externalUserId } = await linking.linked()
    const { person: newcomer, id } = await linking.arrived()
    const { continue_url, flow_id } = (await linking.claim(id, externalUserId)).body
    await linking.open(newcomer, continue_url)
    expect(await linking.answer(newcomer, 'confirm')).toMatchObject({ status: 409 })
    expect((await world.api<{ reason?: string }>('GET', `/v1/flows/${flow_id}`)).body.reason).toBe('user_already_bound')
    expect(await linking.events('binding.conflict')).toContainEqual(
      expect.objectContaining({ flow_id, reason: 'user_already_bound' }),
    )
  })

  test('asks for nothing of WeChat: no QR code is made for it', async () => {
    const made = async () => (await world.sim('GET', '/calls'))['/cgi-bin/qrcode/create'] ?? 0
    const before = await made()
    const { id } = await linking.arrived()
    await linking.claim(id, linking.newId())
    expect(await made()).toBe(before)
  })
})
