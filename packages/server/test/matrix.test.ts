import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Arrival, arrivals, type Came, type Visit } from './arriving.ts'
import type { Redeemed } from './companies.ts'
import { type NewFlow, startHarness } from './harness.ts'
import { codeOf, register } from './registering.ts'
import { type Kind, kinds, type Stage, startStage } from './staging.ts'
import { newId, type Past, type Traveller, travellers } from './travellers.ts'

/** Every way to arrive × whoever arrives × every kind of account. A row is found by its name: “arrival · person · kind → result”. */
let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterEach(() => stage.clear())
afterAll(() => stage.close())

type Ready = Visit & { userId: string | undefined; phone: string }

/** Somebody with this past stands where this arrival begins. */
async function ready(traveller: Traveller, kind: Kind, arrival: { follows: boolean }): Promise<Ready> {
  const ground = stage.groundOf(kind)
  const { appid } = ground
  const site = ground.sites[traveller.policy]
  const somebody = await stage.newPerson()
  const person = somebody.id
  if (traveller.byUnion) {
    await stage.follow(person, stage.companion)
    await stage.learn(somebody, stage.companion)
  }
  if (traveller.returns) await stage.follow(person, appid)
  const enter: Past['enter'] = (how = {}) =>
    stage.enter(how.person ?? somebody, how.appid ?? appid, how.site ?? site, how.wanted)
  const { userId, wanted } = await traveller.become({ stage, ground, site, person: somebody, enter })
  if (traveller.returns) await stage.unfollow(person, appid)
  if (arrival.follows) await stage.follow(person, appid)
  // Of who has followed for a while WeChat has been asked.
  if (traveller.byUnion && arrival.follows && kind.tellsUnionid) await stage.learn(somebody, appid)
  return { stage, ground, site, person, wanted, userId, phone: somebody.phone }
}

const stateOf = async ({ site }: Visit, id: string) =>
  (await stage.world.api<NewFlow>('GET', `/v1/flows/${id}`, undefined, { key: site.apiKey })).body

interface Told extends Redeemed {
  /** Of the flow, or the code of what the site was refused. */
  state: string
  wechat?: { subscribed: boolean }
}

/** What the site's backend is told in the end: by redeem, or of a link that was claimed by looking the user up. */
async function ask(visit: Visit, { id, secret }: { id: string; secret?: string }): Promise<Told> {
  const { world } = stage
  const key = visit.site.apiKey
  const { state } = await stateOf(visit, id)
  if (secret === undefined) {
    const path = `/v1/users?external_user_id=${visit.wanted}`
    const { body } = await world.api<{ data: NonNullable<Redeemed['user']>[] }>('GET', path, undefined, { key })
    return { state, user: state === 'completed' ? (body.data[0] ?? null) : null }
  }
  const { completion_code = 'none' } = (await world.browser('GET', `/v1/flows/${id}`, secret)).body
  const path = `/v1/flows/${id}/redeem`
  const { status, body } = await world.api<Told & { code: string }>('POST', path, { completion_code }, { key })
  return status === 200 ? { ...body, state: (await stateOf(visit, id)).state } : { state: body.code, user: null }
}

async function walk(traveller: Traveller, arrival: Arrival, kind: Kind): Promise<void> {
  const { world } = stage
  const { userId, phone, ...visit } = await ready(traveller, kind, arrival)
  const before = await stage.countUsers()
  const came = await arrival.walk(visit)
  if ('refused' in came) throw new Error(`refused: ${came.refused}`)
  const { flow } = came
  const told = await ask(visit, flow)
  const expected = traveller.result(kind, arrival)
  const subscribed = arrival.follows || arrival.makesFollow === true
  if (told.wechat) expect(told.wechat.subscribed).toBe(subscribed)
  if (visit.wanted !== undefined && told.user) expect(told.user.external_user_id).toBe(visit.wanted)
  const made = (await stage.countUsers()) - before
  switch (expected) {
    case 'wechat_already_bound':
    case 'user_already_bound':
      expect(made).toBe(0)
      expect(told.user).toBeNull()
      expect(await stateOf(visit, flow.id)).toMatchObject({ state: 'failed', reason: expected })
      // The person concerned reads it, and a site that asks all the same is told.
      expect(came.said).toMatch(/没有绑定|409 /)
      if (flow.secret !== undefined) expect(told.state).toBe(expected)
      return
    case 'nobody until the site registers them': {
      expect(made).toBe(0)
      expect(told).toMatchObject({ state: 'completed', user: null, registration_token: expect.stringMatching(/^rt_/) })
      const registration = { registration_token: told.registration_token, external_user_id: newId() }
      const path = `/v1/flows/${flow.id}/register`
      const { body } = await world.api<Redeemed>('POST', path, registration, { key: visit.site.apiKey })
      expect(body.user).toMatchObject({ external_user_id: registration.external_user_id, is_new: true })
      return
    }
    case 'nobody until they register here': {
      expect(made).toBe(0)
      expect(told).toMatchObject({ state: 'not_confirmed', user: null })
      const unregistered = flow as NewFlow
      const visitor = { person: visit.person, phone, email: '' }
      expect(await stateOf(visit, flow.id)).toMatchObject({ state: 'registration_required', next: 'register' })
      // Once is enough of what registration.test.ts is about.
      if (traveller.name !== 'unknown, Hufu registers') return
      await register(world, unregistered, { phone })
      await register(world, unregistered, { phone, sms_code: await codeOf(world, visitor, 'phone') })
      expect(await ask(visit, flow)).toMatchObject({ user: { is_new: true }, wechat: { subscribed } })
      return
    }
    case 'the user they are':
      expect(told).toMatchObject({ state: 'completed', user: { id: userId } })
      expect(told.user?.is_new ?? false).toBe(false)
      expect(made).toBe(0)
      return
    default:
      expect(told).toMatchObject({ state: 'completed', user: { id: expect.stringMatching(/^us_/) } })
      expect(told.user?.is_new ?? true).toBe(true)
      expect(told.user?.id).not.toBe(userId)
      expect(made).toBe(expected === 'a new user' ? 1 : 0)
  }
}

/** Who may not arrive like this is told the same whoever they are, and nothing has happened. */
async function beRefused(arrival: Arrival, kind: Kind, refusal: string): Promise<void> {
  for (const traveller of travellers.filter(({ name }) => anybody.includes(name))) {
    const { userId, ...visit } = await ready(traveller, kind, arrival)
    const before = await stage.countUsers()
    const came: Came = await arrival.walk(visit)
    expect(came).toMatchObject({ refused: refusal })
    if ('refused' in came && came.flow) {
      expect((await stateOf(visit, came.flow.id)).state).toMatch(/^(waiting|scanned)$/)
    }
    expect(await stage.countUsers()).toBe(before)
  }
}

const anybody = ['unknown', 'linked here, the site registers', 'linked to another user of the site']

describe.each(kinds)('$name account', (kind) => {
  for (const arrival of arrivals) {
    const refusal = arrival.refusal(kind)
    if (refusal !== undefined) {
      test(`${arrival.name} · anybody · ${kind.name} → refused: ${refusal}`, () => beRefused(arrival, kind, refusal))
      continue
    }
    for (const traveller of travellers.filter(({ aboutPolicy }) => !aboutPolicy || kind.kind !== 'test')) {
      const row = `${arrival.name} · ${traveller.name} · ${kind.name} → ${traveller.result(kind, arrival)}`
      test(row, () => walk(traveller, arrival, kind))
    }
  }
})

/** A page in WeChat that knows who opens it, without a password and without a question: the person's own. */
describe('silent visit', () => {
  const visitors = travellers.filter(({ name }) => ['unknown', 'known here', 'linked here, left since'].includes(name))
  for (const kind of kinds.filter(({ oauth }) => oauth)) {
    for (const follows of [true, false]) {
      for (const visitor of visitors) {
        const isRefused = !follows && !kind.admitsStrangers
        const result = isRefused ? 'refused: WeChat asks to follow first' : visitor.result(kind, arrivals[0] as Arrival)
        const known = result === 'the user they are'
        const seen = isRefused ? result : known ? 'their own page' : 'nothing is known'
        const where = `silent visit, ${follows ? '' : 'not '}following`
        test(`${where} · ${visitor.name} · ${kind.name} → ${seen}`, async () => {
          const { person, ground, site } = await ready(visitor, kind, { follows })
          const before = await stage.countUsers()
          const page = await stage.open(person, `${stage.world.base}/me?account=${ground.appid}`)
          expect(page.text).toContain(isRefused ? '10006' : known ? site.app.name : '没有与您有关的信息')
          expect(page.text.includes(site.app.name)).toBe(known)
          expect(await stage.countUsers()).toBe(before)
        })
      }
    }
  }

  test('silent visit · anybody · no account that has pages → the login by a chat code', async () => {
    const world = await startHarness()
    await world.app.store.write((tx) => tx.updateTable('accounts').set({ verified: 0 }).execute())
    await world.restart()
    const person = await world.newPerson()
    const page = await world.sim('POST', `/people/${person}/open`, { url: `${world.base}/me` })
    expect(page.status).toBe(200)
    expect(new URL(page.url).pathname).toBe('/login')
    const button = { name: 'do', value: 'begin' }
    const { outputs } = await world.sim('POST', `/people/${person}/submit`, { button })
    expect(outputs.chat_code).toMatch(/^[A-Z]{4}-?[A-Z]{4}$/)
    await world.close()
  })
})
