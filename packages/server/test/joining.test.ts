import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App as Site } from '../src/apps/apps.ts'
import { decideJoining, type Side } from '../src/users/joining.ts'
import { type Answer, type Harness, type Problem, startHarness } from './harness.ts'
import { look } from './wire.ts'

interface Redeemed {
  user: { id: string; external_user_id?: string; is_new: boolean } | null
  registration_token?: string
}

let world: Harness
let auto: { app: Site; apiKey: string }
beforeAll(async () => {
  world = await startHarness({ app: { bindAssurance: 'tap' } })
  auto = await world.addSite({ registration: 'auto', bindAssurance: 'tap' })
})
afterAll(() => world.close())

let count = 0
const newId = () => `e-${count++}`

/** From QR to redeem, as `person`. */
async function run(
  person: string,
  body: object,
  key = world.apiKey,
): Promise<Answer<Redeemed & Problem> & { flowId: string }> {
  const flow = (
    await world.api<{ id: string; secret: string; qr: { content: string } }>('POST', '/v1/flows', body, { key })
  ).body
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { completion_code = 'none' } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const answer = await world.api<Redeemed & Problem>(
    'POST',
    `/v1/flows/${flow.id}/redeem`,
    { completion_code },
    { key },
  )
  return { ...answer, flowId: flow.id }
}

const bind = (person: string, external_user_id: string, key = world.apiKey) =>
  run(person, { kind: 'bind', external_user_id }, key)
const login = (person: string, key = world.apiKey) => run(person, { kind: 'login' }, key)

const people = async () => (await look(world, 'SELECT * FROM users')).length

describe('bind of E with O, by the table of design §3', () => {
  test('nobody and nobody: a new user with both', async () => {
    const before = await people()
    const answer = await bind(await world.newPerson(), newId())
    expect(answer).toMatchObject({ status: 200, body: { user: { is_new: true } } })
    expect(await people()).toBe(before + 1)
  })

  test('nobody and Q without an id of this app: E joins Q', async () => {
    const person = await world.newPerson()
    await login(person, auto.apiKey)
    const before = await people()
    const id = newId()
    expect((await bind(person, id)).status).toBe(200)
    expect(await people()).toBe(before)
    expect((await login(person)).body.user).toMatchObject({ external_user_id: id, is_new: false })
  })

  test('nobody and Q with another id of this app: wechat_already_bound, and the old binding stays [B34, T43]', async () => {
    const person = await world.newPerson()
    const id = newId()
    await bind(person, id)
    const rows = await look(world, 'SELECT * FROM identities')
    const refused = await bind(person, newId())
    expect(refused).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
    expect((await world.api('GET', `/v1/flows/${refused.flowId}`)).body).toMatchObject({
      state: 'failed',
      reason: 'wechat_already_bound',
    })
    expect(await look(world, 'SELECT * FROM identities')).toEqual(rows)
    expect((await login(person)).body.user).toMatchObject({ external_user_id: id })
  })

  test('P without a WeChat and nobody: O joins P', async () => {
    const id = newId()
    const first = await bind(await world.newPerson(), id, auto.apiKey)
    const person = await world.newPerson()
    const userId = await lastUser()
    await world.app.store.write((tx) =>
      tx.deleteFrom('identities').where('kind', '=', 'wechat').where('user_id', '=', userId).execute(),
    )
    expect(await bind(person, id, auto.apiKey)).toMatchObject({
      status: 200,
      body: { user: { id: first.body.user?.id, is_new: false } },
    })
  })

  test('P with a WeChat and nobody: user_already_bound, and the page explains [B35]', async () => {
    const id = newId()
    await bind(await world.newPerson(), id)
    const second = await world.newPerson()
    expect(await bind(second, id)).toMatchObject({ status: 409, body: { code: 'user_already_bound' } })
    const page = await world.sim('GET', `/people/${second}/page`)
    expect(page.status).toBe(409)
    expect(page.html).not.toContain(id)
  })

  test('P and P: done already, and nothing changes', async () => {
    const [person, id] = [await world.newPerson(), newId()]
    const first = await bind(person, id)
    const rows = await look(world, 'SELECT * FROM identities')
    expect(await bind(person, id)).toMatchObject({
      status: 200,
      body: { user: { id: first.body.user?.id, is_new: false } },
    })
    expect(await look(world, 'SELECT * FROM identities')).toEqual(rows)
  })

  test('P without a WeChat and Q of nothing but WeChat: Q becomes part of P', async () => {
    const [person, id] = [await world.newPerson(), newId()]
    await login(person, auto.apiKey)
    await bind(await world.newPerson(), id)
    const userId = await lastUser()
    await world.app.store.write((tx) =>
      tx.deleteFrom('identities').where('kind', '=', 'wechat').where('user_id', '=', userId).execute(),
    )
    const before = await people()
    expect(await bind(person, id)).toMatchObject({ status: 200, body: { user: { external_user_id: id } } })
    expect(await people()).toBe(before - 1)
    expect((await login(person)).body.user).toMatchObject({ external_user_id: id })
  })

  test('P and Q that each hold an id of a site are never joined', async () => {
    const [one, other, id] = [await world.newPerson(), await world.newPerson(), newId()]
    await bind(one, newId(), auto.apiKey)
    await bind(other, id)
    const rows = await look(world, 'SELECT * FROM identities')
    expect(await bind(one, id)).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
    expect(await look(world, 'SELECT * FROM identities')).toEqual(rows)
  })

  test('P with a WeChat and Q of nothing but another: user_already_bound', async () => {
    const [person, id] = [await world.newPerson(), newId()]
    await login(person, auto.apiKey)
    await bind(await world.newPerson(), id)
    expect(await bind(person, id)).toMatchObject({ status: 409, body: { code: 'user_already_bound' } })
  })

  /** The person whose external identity was made last. */
  async function lastUser(): Promise<string> {
    const [row] = await look<{ user_id: string }>(
      world,
      `SELECT user_id FROM identities WHERE kind = 'external' ORDER BY created_at DESC, id`,
    )
    return row?.user_id ?? ''
  }
})

describe('the decision itself', () => {
  const scope = { appId: 'app', appid: 'wx' }
  const identity = fc.record({
    kind: fc.constantFrom('wechat' as const, 'union' as const, 'external' as const, 'email' as const, 'phone' as const),
    namespace: fc.constantFrom('app', 'other', 'wx', 'wx2'),
  })
  const side = (userId: string, own: Side['identities'][number]) =>
    fc.array(identity, { maxLength: 4 }).map((more) => ({ userId, identities: [own, ...more] }))
  const external = fc.option(side('P', { kind: 'external', namespace: 'app' }), { nil: undefined })
  const wechat = fc.option(side('Q', { kind: 'wechat', namespace: 'wx' }), { nil: undefined })
  const holds = (of: Side | undefined, kind: string, namespace: string) =>
    of?.identities.some((one) => one.kind === kind && one.namespace === namespace) ?? false

  test('follows the table, whatever else the two hold', () => {
    fc.assert(
      fc.property(external, wechat, (e, o) => {
        const { outcome } = decideJoining(e, o, scope)
        if (!e && !o) return outcome === 'new_user'
        if (!e) return outcome === (holds(o, 'external', 'app') ? 'conflict' : 'external_joins')
        if (!o) return outcome === (holds(e, 'wechat', 'wx') ? 'conflict' : 'wechat_joins')
        const plain = o.identities.every(({ kind }) => kind === 'wechat' || kind === 'union')
        return outcome === 'absorb' ? plain && !holds(e, 'wechat', 'wx') : outcome === 'conflict'
      }),
      { numRuns: 2_000 },
    )
  })

  test('never leaves a user with two WeChats of one account or two ids of one app', () => {
    fc.assert(
      fc.property(external, wechat, (e, o) => {
        const joining = decideJoining(e, o, scope)
        if (joining.outcome !== 'absorb') return true
        const unique = (of: Side | undefined) =>
          new Set(
            (of?.identities ?? [])
              .filter(({ kind }) => kind !== 'union')
              .map(({ kind, namespace }) => `${kind} ${namespace}`),
          )
        return [...unique(o)].every((one) => !unique(e).has(one))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is “done already” for one user and only then', () => {
    fc.assert(
      fc.property(external, fc.boolean(), (e, same) => {
        if (!e) return true
        const { outcome } = decideJoining(e, same ? e : { ...e, userId: 'R' }, scope)
        return (outcome === 'joined_already') === same
      }),
    )
  })
})
