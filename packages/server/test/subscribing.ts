import { createServer } from 'node:http'
import { handBrowser } from './hand-browser.ts'
import { type Page, startHarness } from './harness.ts'

/** What the tests of one-time subscription messages have in common: a site that asks, people who allow it, and what they are sent. */
export type Subscribing = Awaited<ReturnType<typeof startSubscribing>>

export interface Asked {
  id: string
  url: string
}

export interface Message {
  id: string
  state: string
  via?: string
  reason?: string
  scene?: number
}

export interface Reach {
  one_time: { template_id: string; scene: number; remaining: number }[]
  ways: { way: string; allowed: boolean; reason?: string; advice?: string }[]
}

export async function startSubscribing() {
  const site = createServer((_request, response) => response.end('<title>the site</title>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  const origin = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  const world = await startHarness({
    app: { registration: 'auto', signInNotices: false, allowedOrigins: [origin, 'https://shop.example.com'] },
  })
  const template: string = (await world.sim('GET', `/accounts/${world.account.appid}`)).subscribemsg_template_id

  /** @returns a person who is a user of the site */
  async function newUser(follows = true): Promise<{ person: string; user: string; openid: string }> {
    const person = await world.newPerson({ follows })
    const flow = await world.createFlow({ kind: 'login', entry: 'page' })
    await open(person, flow.qr.content)
    await press(person, 'confirm')
    const { completion_code } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
    const redeemed = await world.api<{ user: { id: string } }>('POST', `/v1/flows/${flow.id}/redeem`, {
      completion_code,
    })
    const { openids } = await world.sim('GET', `/people/${person}`)
    return { person, user: redeemed.body.user.id, openid: openids[world.account.appid] }
  }

  const open = (person: string, url: string): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url })
  const press = (person: string, value: string): Promise<Page> =>
    world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value } })
  const ask = <T = Asked>(user: string, more: object = {}, options = {}) =>
    world.api<T>(
      'POST',
      `/v1/users/${user}/subscriptions`,
      { template_id: template, scene: 7, return_url: `${origin}/tea/3?from=wechat`, ...more },
      options,
    )
  const reach = async (user: string) =>
    (await world.api<{ data: Reach[] }>('GET', `/v1/users/${user}/reach`)).body.data[0]
  const remaining = async (user: string) => (await reach(user))?.one_time
  const oneTime = (more: object = {}) => ({
    template_id: template,
    scene: 7,
    title: '新茶到店',
    content: '铁观音\n今天到',
    ...more,
  })
  const post = <T = Message>(body: object) => world.api<T>('POST', '/v1/messages', body)
  const messageOf = async (id: string) => (await world.api<Message>('GET', `/v1/messages/${id}`)).body
  const sendsTo = async (openid: string): Promise<object[]> => world.sim('GET', `/sends?touser=${openid}`)
  const eventsOf = async (type: string, user: string) => {
    const { body } = await world.api<{ data: { type: string; data: { user_id?: string } }[] }>(
      'GET',
      '/v1/events?limit=1000',
    )
    return body.data.filter((event) => event.type === type && event.data.user_id === user).map(({ data }) => data)
  }

  /** Asks a user, who opens the address and says yes. */
  async function allow({ person, user }: { person: string; user: string }, more: object = {}): Promise<Page> {
    await open(person, (await ask(user, more)).body.url)
    return press(person, 'confirm')
  }

  /** What the site asked, opened in a browser of ours. @returns that browser, and where WeChat would send it back to */
  async function opened(user: string) {
    const browser = handBrowser()
    const asked = new URL((await browser.go((await ask(user)).body.url)).headers.get('location') ?? '')
    const back = new URL(asked.searchParams.get('redirect_url') ?? '')
    const given = { template_id: template, scene: '7', reserved: asked.searchParams.get('reserved') ?? '' }
    const backWith = (answer: Record<string, string>) =>
      `${back.href}?${new URLSearchParams({ ...given, action: 'confirm', ...answer })}`
    return { browser, backWith }
  }
  async function close() {
    await world.close()
    site.close()
  }

  return {
    world,
    origin,
    template,
    close,
    newUser,
    open,
    press,
    ask,
    reach,
    remaining,
    oneTime,
    post,
    messageOf,
    sendsTo,
    eventsOf,
    allow,
    opened,
  }
}
