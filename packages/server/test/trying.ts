import { loadConfig } from '../src/config.ts'
import { type Harness, startHarness } from './harness.ts'
import { look } from './wire.ts'

/** What the tests of sending have in common: a world with a template, its people, WeChat's moods, and time. */
export interface Trying {
  world: Harness
  template: string
  /** What the log said, as JSON. */
  lines: string[]
  newUser(): Promise<{ person: string; user: string; openid: string }>
  /** A notice, or so many, one after the other. */
  post(user: string, more?: object): Promise<string>
  postMany(user: string, count: number): Promise<string[]>
  messageOf(id: string): Promise<Message>
  told(id: string): Promise<{ type: string; data: Record<string, unknown> }[]>
  /** WeChat answers so, until it is told otherwise. */
  refuse(errcode: number, times?: number): Promise<void>
  obey(): Promise<void>
  /** How often WeChat was asked to send. */
  calls(): Promise<number>
  housekeep(): Promise<void>
  /** So much later everything that is due is done. */
  after(ms: number): Promise<void>
  used(): Promise<number>
  jobs(): Promise<{ kind: string; state: string; payload: string }[]>
}
export interface Message {
  state: string
  reason?: string
  wechat_errcode?: number
}

const sendPath = '/cgi-bin/message/template/send'
const data = { thing1: '铁观音' }

export async function startTrying(limits: object = {}): Promise<Trying> {
  const ample = { oauthPerAddress: 1e6, flowsPerAddress: 1e6, flowsPerApp: 1e6 }
  const lines: string[] = []
  const world = await startHarness({
    app: { registration: 'auto', signInNotices: false },
    config: { limits: { ...loadConfig({}).limits, ...ample, ...limits } },
    logTo: { write: (line) => void lines.push(line) },
  })
  const { appid } = world.account
  await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
  const of = { title: '到货通知', content: '商品：{{thing1.DATA}}' }
  const { template_id: template } = await world.sim('POST', `/accounts/${appid}/templates`, of)
  await world.app.templates.sync(appid)
  const post = async (user: string, more: object = {}) => {
    const { body } = await world.api<{ id: string }>('POST', '/v1/messages', { user, template, data, ...more })
    return body.id
  }
  const housekeep = async () => {
    await world.app.housekeep()
    await world.app.housekeep()
  }
  return {
    world,
    template,
    lines,
    post,
    housekeep,
    async newUser() {
      const person = await world.newPerson()
      const flow = await world.createFlow()
      await world.scan(person, flow.qr.content)
      await world.decide(person, 'confirm')
      const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
      const { completion_code } = body
      const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, {
        completion_code,
      })
      const { openids } = await world.sim('GET', `/people/${person}`)
      return { person, user: redeemed.body.user.id, openid: openids[appid] }
    },
    async postMany(user, count) {
      const ids: string[] = []
      for (let one = 0; one < count; one++) {
        ids.push(await post(user))
        world.clock.advance(1)
      }
      return ids
    },
    messageOf: async (id) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body,
    async told(id) {
      const { body } = await world.api<{ data: { type: string; data: { message_id?: string } }[] }>(
        'GET',
        '/v1/events?limit=1000',
      )
      return body.data.filter((event) => event.data.message_id === id)
    },
    refuse: (errcode, times = 1_000) =>
      world.sim('POST', '/faults', { path: sendPath, kind: 'errcode', errcode, times }),
    obey: () => world.sim('DELETE', '/faults'),
    calls: async () => (await world.sim('GET', '/calls'))[sendPath] ?? 0,
    async after(ms) {
      world.clock.advance(ms)
      await housekeep()
    },
    async used() {
      const [row] = await look<{ used: number }>(world, 'SELECT COALESCE(SUM(used), 0) AS used FROM sending_days')
      return Number(row?.used)
    },
    jobs: () => look(world, `SELECT kind, state, payload FROM jobs WHERE kind LIKE 'messages.send%'`),
  }
}
