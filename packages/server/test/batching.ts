import { loadConfig } from '../src/config.ts'
import { type NewFlow, startHarness } from './harness.ts'

/** What the tests of batches have in common: a template, people to be told by it, and how often each of them was. */
export type Batching = Awaited<ReturnType<typeof startBatching>>

export interface Batch {
  id: string
  state: string
  total: number
  failures: { position: number; reason: string }[]
  [count: string]: unknown
}

export interface Recipient {
  person: string
  user: string
  openid: string
}

const data = { thing1: '铁观音' }

export const usersOf = (recipients: Recipient[]) => recipients.map(({ user }) => user)

/** In pieces of 200: known users far apart in a list of strangers. */
export function scattered(recipients: Recipient[], total: number): string[] {
  const list = Array.from({ length: total }, (_, position) => `stranger ${position}`)
  for (const [n, { user }] of recipients.entries()) list[Math.floor((n * total) / recipients.length)] = user
  return list
}

export async function startBatching() {
  const limits = { ...loadConfig({}).limits, oauthPerAddress: 10_000, flowsPerAddress: 10_000 }
  const world = await startHarness({ app: { registration: 'auto', signInNotices: false }, config: { limits } })
  const { appid } = world.account
  await world.sim('POST', '/receipts', { delay_ms: 0, before_answer: true })
  const { template_id: template } = await world.sim('POST', `/accounts/${appid}/templates`, {
    title: '到货通知',
    content: '商品：{{thing1.DATA}}',
  })
  await world.app.templates.sync(appid)
  await world.app.templates.change(appid, template, { name: 'in_stock' })

  async function newUser(): Promise<Recipient> {
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

  /** Hufu goes on knowing them, whatever this site does. */
  async function joinAnotherSite({ person }: Recipient): Promise<void> {
    const { apiKey } = await world.addSite({ registration: 'auto', signInNotices: false })
    const { body: flow } = await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: apiKey })
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    const { completion_code } = body
    await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key: apiKey })
  }

  async function newUsers(count: number): Promise<Recipient[]> {
    const all: Recipient[] = []
    for (let one = 0; one < count; one++) all.push(await newUser())
    return all
  }

  const post = <T = Batch>(body: object, headers: Record<string, string> = {}) =>
    world.api<T>('POST', '/v1/messages/batch', { template: 'in_stock', data, ...body }, { headers })
  const get = async (id: string) => (await world.api<Batch>('GET', `/v1/messages/batch/${id}`)).body
  const turn = <T = Batch>(id: string, to: 'pause' | 'resume' | 'cancel') =>
    world.api<T>('POST', `/v1/messages/batch/${id}/${to}`)
  const saidTo = async ({ openid }: Recipient): Promise<string[]> =>
    ((await world.sim('GET', `/sends?touser=${openid}`)) as { data: { thing1: { value: string } } }[]).map(
      (send) => send.data.thing1.value,
    )
  const timesTold = (recipients: Recipient[]) =>
    Promise.all(recipients.map(async (recipient) => (await saidTo(recipient)).length))
  /** Sent, joined with its receipts, and looked at once more. */
  async function settle() {
    for (let round = 0; round < 3; round++) await world.app.housekeep()
  }
  async function told(type: string, batch: string) {
    const { body } = await world.api<{ data: { type: string; data: { batch_id?: string } }[] }>(
      'GET',
      '/v1/events?limit=1000',
    )
    return body.data.filter((event) => event.type === type && event.data.batch_id === batch).map((event) => event.data)
  }
  /** What is later stays so until the clock goes back. */
  async function later(ms: number, work: () => Promise<void>) {
    world.clock.advance(ms)
    try {
      await work()
    } finally {
      world.clock.advance(-ms)
    }
  }
  return { world, joinAnotherSite, newUsers, post, get, turn, saidTo, timesTold, settle, told, later }
}
