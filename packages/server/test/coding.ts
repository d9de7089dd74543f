import { loadConfig } from '../src/config.ts'
import { type Answer, type Harness, type Problem, startHarness } from './harness.ts'

/** What the tests of codes have in common: a world where nothing else is limited, its people, and what they read. */
export interface Coding {
  world: Harness
  /** Somebody who is a user of the site and may be written to. */
  newUser(key?: string): Promise<{ person: string; user: string }>
  ask<T = Issued>(user: string, more?: object, key?: string): Promise<Answer<T>>
  check<T = Problem>(id: string, code: string | number, more?: object, key?: string): Promise<Answer<T>>
  /** The newest code in this person's chat. */
  read(person: string): Promise<string>
  textsOf(person: string): Promise<string[]>
  /** How many messages WeChat took from us. */
  sends(): Promise<number>
  told(key?: string): Promise<Told[]>
  /** A code that has arrived, at somebody new. */
  sent(more?: object): Promise<{ person: string; user: string; id: string; code: string }>
  say(person: string): Promise<void>
}
export interface Issued {
  id: string
  expires_at: string
  resend_after: number
}
export interface Told {
  type: string
  data: Record<string, string>
}

export const purpose = '更换手机号'
const minute = 60_000

export async function startCoding(limits: object = {}): Promise<Coding> {
  const ample = { oauthPerAddress: 1e6, flowsPerAddress: 1e6, flowsPerApp: 1e6 }
  const world = await startHarness({
    app: { registration: 'auto', signInNotices: false },
    config: { limits: { ...loadConfig({}).limits, ...ample, ...limits } },
  })
  const { appid } = world.account
  const textsOf = async (person: string): Promise<string[]> =>
    (await world.sim('GET', `/people/${person}/chat?account=${appid}`)).map((entry: { text: string }) => entry.text)
  const say = async (person: string) =>
    void (await world.sim('POST', `/people/${person}/say`, { account: appid, text: '在吗' }))
  const coding: Coding = {
    world,
    textsOf,
    say,
    async newUser(key = world.apiKey) {
      const person = await world.newPerson()
      const begun = await world.api<{ id: string; secret: string; qr: { content: string } }>(
        'POST',
        '/v1/flows',
        { kind: 'login' },
        { key },
      )
      await world.scan(person, begun.body.qr.content)
      await world.decide(person, 'confirm')
      const { body } = await world.browser('GET', `/v1/flows/${begun.body.id}`, begun.body.secret)
      const redeemed = await world.api<{ user: { id: string } }>(
        'POST',
        `/v1/flows/${begun.body.id}/redeem`,
        { completion_code: body.completion_code },
        { key },
      )
      await say(person)
      return { person, user: redeemed.body.user.id }
    },
    ask: (user, more = {}, key = world.apiKey) => world.api('POST', '/v1/codes', { user, purpose, ...more }, { key }),
    check: (id, code, more = {}, key = world.apiKey) =>
      world.api('POST', `/v1/codes/${id}/check`, { code, purpose, ...more }, { key }),
    async read(person) {
      const found = (await textsOf(person)).flatMap((text) => /\d{6}/.exec(text) ?? []).at(-1)
      if (found === undefined) throw new Error('no code has arrived')
      return found
    },
    sends: async () => (await world.sim('GET', '/sends')).length,
    async told(key = world.apiKey) {
      const { body } = await world.api<{ data: Told[] }>('GET', '/v1/events?limit=1000', undefined, { key })
      return body.data.filter(({ type }) => type.startsWith('code.'))
    },
    async sent(more = {}) {
      const { person, user } = await coding.newUser()
      const { body } = await coding.ask(user, more)
      await world.app.housekeep()
      return { person, user, id: body.id, code: await coding.read(person) }
    },
  }
  return coding
}

/** Six other digits. */
export function wrong(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}

export { minute }
