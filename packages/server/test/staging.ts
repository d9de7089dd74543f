import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppInput, App as Site } from '../src/apps/apps.ts'
import { loadConfig } from '../src/config.ts'
import { addSimulated, type Harness, type Page, startHarness } from './harness.ts'
import type { Person } from './travellers.ts'
import { look } from './wire.ts'

/** A kind of account, and what of it decides how somebody may arrive. */
export interface Kind {
  name: string
  kind: 'service' | 'subscription' | 'test'
  verified: boolean
  /** Web authorisation and parametric QR codes: an account has both or neither. */
  oauth: boolean
  /** WeChat tells its pages who opens them before they follow. */
  admitsStrangers: boolean
  /** WeChat tells it the unionid of its followers. */
  tellsUnionid: boolean
}

const able = { oauth: true, admitsStrangers: true, tellsUnionid: true }
const unable = { oauth: false, admitsStrangers: false, tellsUnionid: false }

export const kinds: Kind[] = [
  { name: 'verified service', kind: 'service', verified: true, ...able },
  { name: 'test', kind: 'test', verified: true, ...able, admitsStrangers: false, tellsUnionid: false },
  { name: 'unverified service', kind: 'service', verified: false, ...unable },
  { name: 'verified subscription', kind: 'subscription', verified: true, ...unable, tellsUnionid: true },
  { name: 'unverified subscription', kind: 'subscription', verified: false, ...unable },
]

/** Who registers whoever is unknown: nobody, the site, or Hufu. */
export type Policy = 'auto' | 'site' | 'phone'
const registrations: Record<Policy, AppInput['registration']> = { auto: 'auto', site: 'site', phone: ['phone'] }
const policies: Policy[] = ['auto', 'site', 'phone']

export interface Place {
  app: Site
  apiKey: string
}

/** An account of one kind, and the sites that people reach by it. */
export interface Ground {
  kind: Kind
  appid: string
  followQr: string
  sites: Record<Policy, Place>
  /** Another site of the same account. */
  elsewhere: Place
}

/** Accounts of every kind, beside another account of the same company. */
export interface Stage {
  world: Harness
  groundOf(kind: Kind): Ground
  /** appid of a verified service account of the same open platform. */
  companion: string
  newPerson(): Promise<Person>
  /** Makes them a user without a word: what they were before is not what is shown here. @returns the site's id of the user */
  enter(person: Person, appid: string, site: Place, wanted: string | undefined): Promise<string>
  /** WeChat has told which person of the company's this is. */
  learn(person: Person, appid: string): Promise<void>
  open(person: string, url: string): Promise<Page>
  press(person: string, decision: 'confirm' | 'decline'): Promise<Page>
  follow(person: string, appid: string, content?: string): Promise<void>
  unfollow(person: string, appid: string): Promise<void>
  /** What the account said last. */
  lastSaid(person: string, appid: string): Promise<{ text: string; links: { text: string; url: string }[] }>
  countUsers(): Promise<number>
  /** Whoever follows the test account leaves it: it has room for a hundred. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** What people write and tap to get a link. */
export const keyword = '进入'
export const menuKey = 'ENTER'

const platform = 'the-company'
const plenty = {
  ...loadConfig({}).limits,
  oauthPerAddress: 100_000,
  flowsPerApp: 100_000,
  flowsPerAddress: 100_000,
  bindsPerUser: 100_000,
}

const memory = '/dev/shm'

export async function startStage(): Promise<Stage> {
  const phonePage = createServer((_request, response) => response.end('<title>the site</title>'))
  await new Promise<void>((resolve) => phonePage.listen(0, '127.0.0.1', resolve))
  const address = phonePage.address()
  const linkUrl = `http://localhost:${typeof address === 'object' ? address?.port : 0}/arrive`
  // Hundreds of walks wait for no disk on PostgreSQL, as tests run it, and so here where the system has such a place.
  const dataDir = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'hufu-stage-'))
  const world = await startHarness({ config: { limits: plenty, dataDir } })
  const { accounts, rules, users, followers, store, vault } = world.app
  const companion = world.account.appid
  const grounds = new Map<Kind, Ground>()

  async function unite(appid: string): Promise<void> {
    await world.sim('PATCH', `/accounts/${appid}`, { open_platform: platform })
    await accounts.change(appid, { openPlatform: platform })
  }

  async function prepare(kind: Kind): Promise<Ground> {
    const { appid, followQr } = await addSimulated(world, kind)
    // A test account belongs to no company.
    if (kind.kind !== 'test') await unite(appid)
    const addSite = (name: string, registration: AppInput['registration'] = 'auto') =>
      world.addSite({ name, appid, linkUrl, bindAssurance: 'tap', registration })
    const [auto, site, phone] = await Promise.all(policies.map((policy) => addSite(policy, registrations[policy])))
    if (!auto || !site || !phone) throw new Error('there is a site for every policy')
    const links = [auto, site, phone].map(({ app }) => `<a href="{link:${app.id}}">${app.name}</a>`).join('\n')
    await accounts.change(appid, { welcome: `欢迎！\n${links}` })
    await rules.add(appid, { kind: 'exact', keywords: [keyword], text: links })
    await rules.add(appid, { kind: 'click', keywords: [menuKey], text: links })
    return { kind, appid, followQr, sites: { auto, site, phone }, elsewhere: await addSite('elsewhere') }
  }

  await unite(companion)
  for (const kind of kinds) grounds.set(kind, await prepare(kind))

  let passed = 0
  /** Pushes count in seconds: who comes and goes within one is in doubt, which is another matter. */
  async function letASecondPass(): Promise<void> {
    passed += 1_000
    world.clock.advance(1_000)
    await world.sim('POST', '/clock', { offset_ms: passed })
  }

  const following: [person: string, appid: string][] = []
  const wechatOf = ({ openids }: Person, appid: string) => {
    const openid = openids[appid] ?? ''
    const index = users.wechatIndex(appid, openid)
    const sealed = vault.seal(users.openidPlace(appid, index), openid)
    return { kind: 'wechat', namespace: appid, index, sealed } as const
  }

  return {
    world,
    companion,
    newPerson: () => world.sim('POST', '/people', { name: 'somebody' }),
    enter: (person, appid, { app }, wanted) =>
      store.write(async (tx) => {
        const wechat = wechatOf(person, appid)
        if (wanted === undefined) return (await users.recognise(tx, app.id, wechat)).id
        const { seen } = await users.join(tx, app.id, users.externalKey(app.id, wanted), wechat)
        if (!seen) throw new Error('nothing stands in the way of who is new')
        return seen.id
      }),
    async learn(person, appid) {
      const [info] = await accounts.get(companion).client.userInfoBatchget([person.openids[companion] ?? ''])
      const { unionid } = { unionid: undefined, ...info }
      if (unionid === undefined) throw new Error('WeChat tells nothing of who does not follow')
      const { index } = wechatOf(person, appid)
      await store.write((tx) => followers.takeUnionid(tx, accounts.get(appid), index, unionid))
    },
    groundOf(kind) {
      const ground = grounds.get(kind)
      if (!ground) throw new Error(`no ground for ${kind.name}`)
      return ground
    },
    open: (person, url) => world.sim('POST', `/people/${person}/open`, { url }),
    press: (person, value) => world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value } }),
    async follow(person, account, content) {
      following.push([person, account])
      await world.sim('POST', `/people/${person}/follow`, { account, ...(content && { content }) })
    },
    async unfollow(person, account) {
      await letASecondPass()
      await world.sim('POST', `/people/${person}/unfollow`, { account })
      await letASecondPass()
    },
    async lastSaid(person, appid) {
      const chat = await world.sim('GET', `/people/${person}/chat?account=${appid}`)
      const { from, text = '', links = [] } = chat.at(-1) ?? {}
      return from === 'account' ? { text, links } : { text: '', links: [] }
    },
    async countUsers() {
      const [row] = await look<{ count: number | string }>(world, 'SELECT COUNT(*) AS count FROM users')
      return Number(row?.count)
    },
    async clear() {
      for (const [person, account] of following.splice(0))
        if (accounts.get(account).kind === 'test')
          await world.sim('POST', `/people/${person}/unfollow`, { account, silent: true })
    },
    async close() {
      await world.close()
      phonePage.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
