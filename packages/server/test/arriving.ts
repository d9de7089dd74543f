import type { FlowView } from '../src/flows/flows.ts'
import type { NewFlow, Page, Problem } from './harness.ts'
import { type Ground, type Kind, keyword, menuKey, type Place, type Stage } from './staging.ts'

/** Somebody arrives at a site of an account. */
export interface Visit {
  stage: Stage
  ground: Ground
  site: Place
  person: string
  /** The site's own id of the user to link with; without one it is a login. */
  wanted?: string | undefined
}

/** `refused`: this kind of account, or WeChat, lets nobody arrive like that. */
export type Came = { refused: string; flow?: NewFlow } | { flow: { id: string; secret?: string }; said: string }

export interface Arrival {
  name: string
  /** Whether the person follows the account before. */
  follows: boolean
  /** The arrival itself makes them follow. */
  makesFollow?: true
  /** What it comes to where it cannot be. */
  refusal(kind: Kind): string | undefined
  walk(visit: Visit): Promise<Came>
}

const notHere = 'account_capability_missing'
const noAddress = 'no wechat_url'
const followFirst = 'WeChat asks to follow first'
const numberAsked = 'the chat asks for the number'
const pageAsked = 'the page asks'
const noLink = 'no link handed out'

async function begin({ stage, ground, site, wanted }: Visit, entry?: FlowView['entry']): Promise<Came | NewFlow> {
  const asked = wanted === undefined ? { kind: 'login' } : { kind: 'bind', external_user_id: wanted }
  const body = { ...asked, account: ground.appid, ...(entry && { entry }) }
  const answer = await stage.world.api<NewFlow & Problem>('POST', '/v1/flows', body, { key: site.apiKey })
  return answer.status === 201 ? answer.body : { refused: answer.body.code }
}

/** The page on the phone, up to the yes. */
async function confirm({ stage, person }: Visit, flow: { id: string; secret?: string }, url: string): Promise<Came> {
  const page = await stage.open(person, url)
  if (page.forms.length === 0)
    return { refused: page.text.includes('10006') ? followFirst : `${page.status} ${page.title}` }
  return { flow, said: wordsOf(await stage.press(person, 'confirm')) }
}

const wordsOf = (page: Page) => `${page.status} ${page.text}`

const isOver = (came: Came | NewFlow): came is Came => 'refused' in came || 'said' in came

async function byQr(visit: Visit): Promise<Came> {
  const flow = await begin(visit, 'qr')
  if (isOver(flow)) return flow
  const { stage, person, ground } = visit
  const { content } = flow.qr
  const { outcome } = await stage.world.sim('POST', `/people/${person}/scan`, { content })
  if (outcome === 'follow_prompt') await stage.follow(person, ground.appid, content)
  const { links } = await stage.lastSaid(person, ground.appid)
  return confirm(visit, flow, links[0]?.url ?? '')
}

async function byPage(visit: Visit): Promise<Came> {
  const flow = await begin(visit, 'page')
  return isOver(flow) ? flow : confirm(visit, flow, flow.qr.content)
}

/** The site is open inside WeChat, and offers the address instead of a code. */
async function byAddress(visit: Visit): Promise<Came> {
  const flow = await begin(visit)
  if (isOver(flow)) return flow
  return flow.wechat_url === undefined ? { refused: noAddress, flow } : confirm(visit, flow, flow.wechat_url)
}

async function typeCode(visit: Visit): Promise<Came | { flow: NewFlow; links: { url: string }[] }> {
  const flow = await begin(visit, 'chat')
  if (isOver(flow)) return flow
  const { stage, person, ground } = visit
  await stage.world.sim('POST', `/people/${person}/say`, { account: ground.appid, text: flow.chat_code })
  return { flow, links: (await stage.lastSaid(person, ground.appid)).links }
}

async function byCode(visit: Visit): Promise<Came> {
  const typed = await typeCode(visit)
  if (!('links' in typed)) return typed
  const [link] = typed.links
  return link ? confirm(visit, typed.flow, link.url) : { refused: numberAsked, flow: typed.flow }
}

async function byCodeAndNumber(visit: Visit): Promise<Came> {
  const typed = await typeCode(visit)
  if (!('links' in typed)) return typed
  const { flow } = typed
  const { stage, person, ground } = visit
  const { number } = (await stage.world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const [text, account] = [number ?? '42', ground.appid]
  await stage.world.sim('POST', `/people/${person}/say`, { account, text })
  return number === undefined
    ? { refused: pageAsked, flow }
    : { flow, said: (await stage.lastSaid(person, account)).text }
}

/** By the account's own code, which says nothing of a flow. Within seconds WeChat is asked who that is: sooner than eight letters are typed. */
async function joining(visit: Visit): Promise<Visit> {
  const { stage, person, ground } = visit
  await stage.follow(person, ground.appid, ground.followQr)
  if (ground.kind.tellsUnionid) await stage.world.app.housekeep()
  return visit
}

const byLink = (ask: (visit: Visit) => Promise<unknown>) =>
  async function walk(visit: Visit): Promise<Came> {
    const { stage, person, ground, site, wanted } = visit
    const { world } = stage
    await ask(visit)
    const { text, links } = await stage.lastSaid(person, ground.appid)
    const link = links.find((one) => one.text === site.app.name)
    if (!link) return { refused: text.includes('link') ? text : noLink }
    const arrived = await stage.open(person, link.url)
    const path = `/v1/links/${new URL(arrived.url).searchParams.get('link')}`
    const { apiKey: key } = site
    if (wanted === undefined) {
      const { body: flow } = await world.api<NewFlow>('POST', `${path}/login`, {}, { key })
      return confirm(visit, flow, flow.wechat_url ?? '')
    }
    const claim = { external_user_id: wanted }
    const { body } = await world.api<{ flow_id: string; continue_url: string }>('POST', `${path}/claim`, claim, { key })
    return confirm(visit, { id: body.flow_id }, body.continue_url)
  }

const act = (what: 'say' | 'tap', more: object) => (visit: Visit) =>
  visit.stage.world.sim('POST', `/people/${visit.person}/${what}`, { account: visit.ground.appid, ...more })

const without = (refusal: string) => (kind: Kind) => (kind.oauth ? undefined : refusal)
const onlyFollowers = (refusal: string) => (kind: Kind) =>
  !kind.oauth ? refusal : kind.admitsStrangers ? undefined : followFirst

const onlyInChat = (kind: Kind) => (kind.oauth ? pageAsked : undefined)

export const arrivals: Arrival[] = [
  { name: 'QR code, not following', follows: false, makesFollow: true, refusal: without(notHere), walk: byQr },
  { name: 'QR code, following', follows: true, refusal: without(notHere), walk: byQr },
  { name: 'page QR, not following', follows: false, refusal: onlyFollowers(notHere), walk: byPage },
  { name: 'page QR, following', follows: true, refusal: without(notHere), walk: byPage },
  { name: 'wechat_url, not following', follows: false, refusal: onlyFollowers(noAddress), walk: byAddress },
  { name: 'wechat_url, following', follows: true, refusal: without(noAddress), walk: byAddress },
  { name: 'chat code, following, confirmed on the page', follows: true, refusal: without(numberAsked), walk: byCode },
  {
    name: 'chat code, not following, confirmed in the chat',
    follows: false,
    makesFollow: true,
    refusal: onlyInChat,
    walk: async (visit) => byCodeAndNumber(await joining(visit)),
  },
  {
    name: 'chat code, following, confirmed in the chat',
    follows: true,
    refusal: onlyInChat,
    walk: byCodeAndNumber,
  },
  {
    name: 'link of the welcome',
    follows: false,
    makesFollow: true,
    refusal: without(noLink),
    walk: byLink(({ stage, person, ground }) => stage.follow(person, ground.appid)),
  },
  {
    name: 'link of a keyword',
    follows: true,
    refusal: without(noLink),
    walk: byLink(act('say', { text: keyword })),
  },
  { name: 'link of a menu tap', follows: true, refusal: without(noLink), walk: byLink(act('tap', { key: menuKey })) },
]
