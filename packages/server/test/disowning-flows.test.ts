import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Company, platform, startTwoAccounts } from './companies.ts'
import type { NewFlow, Page } from './harness.ts'
import { look } from './wire.ts'

/** “Not me”, and what the WeChat has confirmed, or confirms, at the same moment. */
let company: Company
let a: string
let b: string
beforeAll(async () => {
  ;({ company, a, b } = await startTwoAccounts())
})
afterAll(() => company.world.close())

const somebody = () => company.world.newPerson({ follows: false })
const signIns = () => company.world.app.signIns

async function signInOf(flow: NewFlow): Promise<{ id: string; user_id: string; disowned_at: number | null }> {
  const [row] = await look<{ id: string; user_id: string; disowned_at: number | null }>(
    company.world,
    'SELECT id, user_id, disowned_at FROM sign_ins WHERE flow_id = ?',
    flow.id,
  )
  if (!row) throw new Error('nobody signed in by this flow')
  return row
}

async function disown(person: string, flow: NewFlow): Promise<string> {
  const holder = { appid: a, openidIndex: await company.indexOf(person, a) }
  return signIns().disown((await signInOf(flow)).id, holder)
}

async function told(type: string, flow: NewFlow): Promise<object[]> {
  const { body } = await company.world.api<{ data: { type: string; data: { flow_id?: string } }[] }>(
    'GET',
    '/v1/events?limit=1000',
  )
  return body.data.filter((event) => event.type === type && event.data.flow_id === flow.id)
}

const stateOf = async ({ id, secret }: NewFlow) =>
  (await company.world.browser('GET', `/v1/flows/${id}`, secret)).body.state

describe('after “not me”', () => {
  test('what was confirmed and not redeemed buys nothing any more, and the site is told', async () => {
    const person = await somebody()
    const first = await company.enter(person, a)
    const second = await company.confirmed(person, a)
    const bind = await company.confirmed(person, a, { kind: 'bind', external_user_id: 'theirs-1' })
    expect(await disown(person, first.flow)).toBe('disowned')
    for (const { flow, code } of [second, bind]) {
      expect(await stateOf(flow)).toBe('cancelled')
      expect(await company.redeem(flow, code)).toMatchObject({ status: 410, body: { code: 'flow_over' } })
      expect(await told('flow.cancelled', flow)).toHaveLength(1)
    }
  })

  test('at any of the person’s WeChats; another person’s go on', async () => {
    const [person, other] = [await somebody(), await somebody()]
    const first = await company.enter(person, a)
    await company.enter(person, b)
    const theirs = await company.confirmed(person, b)
    const others = await company.confirmed(other, b)
    await disown(person, first.flow)
    expect((await company.redeem(theirs.flow, theirs.code)).status).toBe(410)
    expect((await company.redeem(others.flow, others.code)).status).toBe(200)
  })

  test('said twice, the second time ends nothing that began since', async () => {
    const person = await somebody()
    const first = await company.enter(person, a)
    await disown(person, first.flow)
    const own = await company.confirmed(person, a)
    expect(await disown(person, first.flow)).toBe('disowned_already')
    expect((await company.redeem(own.flow, own.code)).status).toBe(200)
  })

  test('a login of the minute before is disowned with it, one of long before is not', async () => {
    const { world } = company
    const person = await somebody()
    const old = await company.enter(person, a)
    world.clock.advance(61_000)
    const first = await company.enter(person, a)
    const late = await company.enter(person, a)
    await disown(person, first.flow)
    expect(await told('login.disowned', late.flow)).toHaveLength(1)
    expect(await told('login.disowned', first.flow)).toHaveLength(1)
    expect(await told('login.disowned', old.flow)).toEqual([])
  })

  test('a site that was about to register the person does not', async () => {
    const { world } = company
    const { apiKey } = await world.addSite({ registration: 'site' })
    const person = await somebody()
    const first = await company.enter(person, a)
    const stranger = await company.enter(person, a, { kind: 'login' }, apiKey)
    const registration_token = stranger.body.registration_token
    expect(registration_token).toBeDefined()
    await disown(person, first.flow)
    const body = { registration_token, external_user_id: 'new-1' }
    const path = `/v1/flows/${stranger.flow.id}/register`
    const answer = await world.api('POST', path, body, { key: apiKey })
    expect(answer).toMatchObject({ status: 410, body: { code: 'already_registered' } })
  })

  test('and a redeem at the same moment: the code buys nothing, or what it bought is revoked', async () => {
    for (let round = 0; round < 12; round++) {
      const person = await somebody()
      const first = await company.enter(person, a)
      const racing = await company.confirmed(person, a)
      const pair = [() => company.redeem(racing.flow, racing.code), () => disown(person, first.flow)] as const
      const [redeemed, disowned] =
        round % 2 === 0
          ? await Promise.all([pair[0](), pair[1]()])
          : await Promise.all([pair[1](), pair[0]()]).then(([one, other]) => [other, one] as const)
      expect(disowned).toBe('disowned')
      const revoked = await told('login.disowned', racing.flow)
      if (redeemed.status === 200) expect(revoked).toHaveLength(1)
      else {
        expect(redeemed).toMatchObject({ status: 410, body: { code: 'flow_over' } })
        expect(revoked).toEqual([])
        expect(await stateOf(racing.flow)).toBe('cancelled')
      }
    }
  })
})

describe('the guard is the WeChat’s', () => {
  const code = ({ page }: { page: Page }) => page.outputs.code

  test('at an account of the open platform where nobody knew it yet', async () => {
    const person = await somebody()
    const first = await company.enter(person, a)
    await disown(person, first.flow)
    await company.world.sim('POST', `/people/${person}/follow`, { account: b })
    await company.world.app.housekeep()
    expect(code(await company.enter(person, b))).toMatch(/^\d{6}$/)
  })

  test('where a scan alone would confirm, too', async () => {
    const { world } = company
    const { apiKey } = await world.addSite({ loginAssurance: 'instant', registration: 'auto' })
    const [person, other] = [await somebody(), await somebody()]
    const first = await company.enter(person, a)
    await disown(person, first.flow)
    // Known to the platform there, and to nobody else.
    for (const one of [person, other]) await world.sim('POST', `/people/${one}/follow`, { account: b })
    await world.app.housekeep()
    const states: string[] = []
    for (const one of [person, other]) {
      const { body } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login', account: b }, { key: apiKey })
      await world.sim('POST', `/people/${one}/scan`, { content: body.qr.content })
      states.push(await stateOf(body))
    }
    expect(states).toEqual(['scanned', 'confirmed'])
  })

  test('but not at an account of another open platform', async () => {
    const elsewhere = await company.addAccount(`not-${platform}`)
    const person = await somebody()
    const first = await company.enter(person, a)
    await disown(person, first.flow)
    expect(code(await company.enter(person, elsewhere))).toBeUndefined()
  })
})
