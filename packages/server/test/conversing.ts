import { type Answer, startHarness } from './harness.ts'

/** What the tests of words in the chat have in common: people who write, a site that hears them, and what it answers. */
export type Conversing = Awaited<ReturnType<typeof startConversing>>

export interface Told {
  id: string
  type: string
  data: {
    user_id: string
    account: string
    message_id: string
    message_type?: string
    text?: string
    action?: string
    key?: string
    answered?: boolean
    in_reply_to?: string
    reason?: string
  }
}

export interface Message {
  id: string
  in_reply_to: string
  state: string
  via?: string
  reason?: string
}

export async function startConversing() {
  const world = await startHarness({ app: { registration: 'auto', signInNotices: false } })
  const { appid } = world.account

  /** @returns a person who is a user of the site */
  async function newUser(key = world.apiKey): Promise<{ person: string; user: string }> {
    const person = await world.newPerson()
    const flow = (
      await world.api<{ id: string; secret: string; qr: { content: string } }>(
        'POST',
        '/v1/flows',
        { kind: 'login' },
        { key },
      )
    ).body
    await world.scan(person, flow.qr.content)
    await world.decide(person, 'confirm')
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    const redeemed = await world.api<{ user: { id: string } }>(
      'POST',
      `/v1/flows/${flow.id}/redeem`,
      { completion_code: body.completion_code },
      { key },
    )
    return { person, user: redeemed.body.user.id }
  }

  const say = (person: string, text: string) => world.sim('POST', `/people/${person}/say`, { account: appid, text })
  const tap = (person: string, button: object) =>
    world.sim('POST', `/people/${person}/tap`, { account: appid, ...button })
  const act = (what: 'follow' | 'unfollow', person: string) =>
    world.sim('POST', `/people/${person}/${what}`, { account: appid })
  const chatOf = async (person: string) =>
    (await world.sim('GET', `/people/${person}/chat?account=${appid}`)) as { from: string; text: string }[]
  const sends = async () => (await world.sim('GET', '/sends')).length

  async function feed(key = world.apiKey): Promise<Told[]> {
    return (await world.api<{ data: Told[] }>('GET', '/v1/events?limit=1000', undefined, { key })).body.data
  }
  async function lastTold(key = world.apiKey): Promise<Told> {
    const told = (await feed(key)).at(-1)
    if (!told) throw new Error('the feed is empty')
    return told
  }
  const reply = <T = Message>(id: string, text: string, headers: Record<string, string> = {}): Promise<Answer<T>> =>
    world.api<T>('POST', `/v1/messages/${id}/reply`, { text }, { headers })
  const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body
  return { world, newUser, say, tap, act, chatOf, sends, feed, lastTold, reply, messageOf }
}
