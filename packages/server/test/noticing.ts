import { loadConfig } from '../src/config.ts'
import { startHarness } from './harness.ts'

/** What the tests of notices have in common: an account with a template, its people, and what WeChat and the site hear of a notice. */
export type Noticing = Awaited<ReturnType<typeof startNoticing>>

export interface Message {
  id: string
  state: string
  via?: string
  reason?: string
  skipped?: { via: string; account: string; reason: string }[]
}

export const templateSendPath = '/cgi-bin/message/template/send'
const content = '{{first.DATA}}\n商品：{{thing1.DATA}}\n金额：{{amount2.DATA}}\n时间：{{time3.DATA}}\n{{remark.DATA}}'
/** Of the template `order_shipped`. */
export const data = { thing1: '铁观音', amount2: '￥88.50', time3: '2026年11月21日 15:01' }

export async function startNoticing() {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 10_000, flowsPerAddress: 10_000 }
  const world = await startHarness({ app: { registration: 'auto', signInNotices: false }, config: { limits } })
  const { appid } = world.account

  async function addTemplate(of: object): Promise<string> {
    const added = await world.sim('POST', `/accounts/${appid}/templates`, of)
    return added.template_id
  }

  /** @returns a person who is a user of the site */
  async function newUser(): Promise<{ person: string; user: string; openid: string }> {
    const person = await world.newPerson()
    const flow = await world.createFlow()
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, {
      completion_code: body.completion_code,
    })
    const { openids } = await world.sim('GET', `/people/${person}`)
    return { person, user: redeemed.body.user.id, openid: openids[appid] }
  }

  const post = <T = Message>(body: object, headers: Record<string, string> = {}) =>
    world.api<T>('POST', '/v1/messages', body, { headers })
  const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body
  const sendsTo = async (openid: string): Promise<{ client_msg_id?: string; template_id?: string; data: unknown }[]> =>
    world.sim('GET', `/sends?touser=${openid}`)
  const cardsOf = async (person: string) =>
    (
      (await world.sim('GET', `/people/${person}/chat?account=${appid}`)) as {
        type: string
        card?: object
      }[]
    )
      .filter(({ type }) => type === 'template')
      .map(({ card }) => card)
  async function told(id: string): Promise<string[]> {
    const { body } = await world.api<{ data: { type: string; data: { message_id?: string } }[] }>(
      'GET',
      '/v1/events?limit=1000',
    )
    return body.data.filter((event) => event.data.message_id === id).map(({ type }) => type)
  }
  const fault = (of: object) => world.sim('POST', '/faults', { path: templateSendPath, times: 1, ...of })
  /** What is queued is sent, and joined with its receipts, which come before the answers. */
  async function settle() {
    await world.app.housekeep()
    await world.app.housekeep()
  }
  /** Nothing of one test is left for the next. */
  async function calm() {
    await world.sim('DELETE', '/faults')
    await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
    await world.app.store.write((tx) => tx.deleteFrom('sending_pauses').execute())
  }

  await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
  const template = await addTemplate({ title: '订单发货通知', content })
  await world.app.templates.sync(appid)
  await world.app.templates.change(appid, template, { name: 'order_shipped' })
  return { world, template, addTemplate, newUser, post, messageOf, sendsTo, cardsOf, told, fault, settle, calm }
}
