import { createServer } from 'node:http'
import { loadConfig } from '../src/config.ts'
import { type NewFlow, type Page, startHarness } from './harness.ts'
import { look } from './wire.ts'

/** What the tests of links have in common: people who follow, the link that the chat hands them, and the site that it leads to. */
export type Linking = Awaited<ReturnType<typeof startLinking>>

export interface Claimed {
  continue_url: string
  flow_id: string
  code?: string
}

export const idIn = (page: Page) => new URL(page.url).searchParams.get('link') ?? ''

export async function startLinking() {
  /** The site, as far as the phone meets it: a page where links arrive, and one where the phone goes on. */
  const site = createServer((_request, response) => response.end('<title>the site</title>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  const origin = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  const world = await startHarness({
    app: { linkUrl: `${origin}/arrive?from=chat`, returnUrls: [`${origin}/done`] },
    // Everybody's phone here has one address.
    config: { limits: { ...loadConfig({}).limits, oauthPerAddress: 1_000 } },
  })
  await world.app.accounts.change(world.account.appid, { welcome: '欢迎！<a href="{link}">进入</a>' })

  let count = 0
  const newId = () => `member-${count++}`

  const open = (person: string, url: string, more: object = {}): Promise<Page> =>
    world.sim('POST', `/people/${person}/open`, { url, ...more })
  const answer = (person: string, decision: 'confirm' | 'decline'): Promise<Page> =>
    world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: decision } })
  const claim = (id: string, external_user_id: string, more: object = {}) =>
    world.api<Claimed>('POST', `/v1/links/${id}/claim`, { external_user_id, ...more })
  const logIn = (id: string, more: object = {}) => world.api<NewFlow>('POST', `/v1/links/${id}/login`, more)
  const lookAt = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const events = async (type: string) => {
    const { body } = await world.api<{ data: { type: string; data: Record<string, string> }[] }>('GET', '/v1/events')
    return body.data.filter((event) => event.type === type).map(({ data }) => data)
  }

  /** Somebody follows, and the welcome hands out a link. */
  async function welcomed(): Promise<{ person: string; link: string }> {
    const person = await world.newPerson()
    const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
    return { person, link: chat.at(-1).links[0].url }
  }

  /** … and opens it, up to the site. */
  async function arrived(): Promise<{ person: string; link: string; id: string }> {
    const { person, link } = await welcomed()
    return { person, link, id: idIn(await open(person, link)) }
  }

  /** A person of the site's, linked by way of a link. */
  async function linked(): Promise<{ person: string; id: string; externalUserId: string }> {
    const { person, id } = await arrived()
    const externalUserId = newId()
    await open(person, (await claim(id, externalUserId)).body.continue_url)
    await answer(person, 'confirm')
    return { person, id, externalUserId }
  }

  /** The same person gets another link, such as a keyword or the menu would answer. */
  async function another(id: string, appId = world.site.id): Promise<string> {
    const [row] = await look<{ openid_index: string }>(world, 'SELECT openid_index FROM links WHERE id = ?', id)
    const to = { account: world.account, openidIndex: row?.openid_index ?? '', appId }
    return (await world.app.store.write(async (tx) => world.app.links.issue(tx, to))) ?? ''
  }

  /** Time passes for us and for WeChat. */
  let passed = 0
  async function pass(ms: number): Promise<void> {
    passed += ms
    world.clock.advance(ms)
    await world.sim('POST', '/clock', { offset_ms: passed })
  }
  async function close() {
    await world.close()
    site.close()
  }

  return {
    world,
    origin,
    close,
    newId,
    open,
    answer,
    claim,
    logIn,
    lookAt,
    events,
    welcomed,
    arrived,
    linked,
    another,
    pass,
  }
}
