import { expect } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { type NewFlow, type Page, type Problem, startHarness } from './harness.ts'
import { look } from './wire.ts'

/** What the tests of approvals have in common: three sites that ask for them, people, and all that says who is who. */
export type Approving = Awaited<ReturnType<typeof startApproving>>

export interface Redeemed extends Problem {
  kind: string
  purpose: string
  user: { id: string; external_user_id?: string; is_new: boolean } | null
  wechat: { account: string; subscribed: boolean }
  assurance: string
  registration_token?: string
}

export const purpose = '更换手机号'
export const verify = { kind: 'verify', purpose }

export async function startApproving() {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 1e6, flowsPerAddress: 1e6, flowsPerApp: 1e6 }
  const world = await startHarness({
    app: { registration: 'auto', bindAssurance: 'tap', returnUrls: ['https://shop.example.com/done'] },
    config: { limits },
  })
  /** Where Hufu itself asks strangers for an address. */
  const registering = await world.addSite({ registration: ['email'], bindAssurance: 'instant' })
  const strict = await world.addSite({ registration: 'auto', bindAssurance: 'tap', verifyAssurance: 'number' })

  const create = (body: object, key = world.apiKey) => world.api<NewFlow & Problem>('POST', '/v1/flows', body, { key })
  async function begin(body: object = {}, key = world.apiKey): Promise<NewFlow> {
    const answer = await create({ ...verify, ...body }, key)
    expect(answer).toMatchObject({ status: 201 })
    return answer.body
  }
  const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  async function redeem(flow: NewFlow, body: object = {}, key = world.apiKey) {
    const { completion_code } = await see(flow)
    return world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code, ...body }, { key })
  }
  const open = (person: string, url: string): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url })
  const press = (person: string, name: string, value: string, fields = {}): Promise<Page> =>
    world.sim('POST', `/people/${person}/submit`, { button: { name, value }, fields })
  const chatOf = async (person: string): Promise<{ text: string; links?: { url: string }[] }[]> =>
    world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)

  /** Somebody whom the site knows by an id of its own. */
  async function newUser(external_user_id: string): Promise<{ person: string; id: string }> {
    const person = await world.newPerson()
    const flow = await world.createFlow({ kind: 'bind', external_user_id })
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    return { person, id: (await redeem(flow)).body.user?.id ?? '' }
  }

  /** As its holder does at /me. */
  async function removeWechat(flowId: string): Promise<void> {
    const { users, store } = world.app
    const row = await world.app.flows.find(flowId)
    const userId = (await users.findOfWechat(store.db, world.account.appid, row?.scanner_index ?? '')) ?? ''
    const held = (await users.findPerson(userId))?.identities.find(({ kind }) => kind === 'wechat')
    await store.write((tx) => users.removeWechat(tx, userId, held?.id ?? ''))
  }

  /** Everything that says who is who. */
  const whoIsWho = () =>
    Promise.all(
      ['users', 'identities', 'app_users', 'passwords', 'sessions'].map((table) =>
        look(world, `SELECT * FROM ${table}`),
      ),
    )

  async function eventsOf(flow: NewFlow) {
    const { body } = await world.api<{ data: { type: string; data: Record<string, string> }[] }>(
      'GET',
      '/v1/events?limit=1000',
    )
    return body.data.filter(({ data }) => data.flow_id === flow.id)
  }
  return {
    world,
    registering,
    strict,
    create,
    begin,
    see,
    redeem,
    open,
    press,
    chatOf,
    newUser,
    removeWechat,
    whoIsWho,
    eventsOf,
  }
}
