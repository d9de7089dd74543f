import { randomBytes } from 'node:crypto'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { FlowInput, FlowRow, Flows } from '../flows/flows.ts'
import { newId } from '../ids.ts'
import { createLimiter } from '../limiter.ts'
import type { PhoneSession } from '../oauth/oauth.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Store, Tx } from '../store/store.ts'
import type { LinkRow } from '../store/tables.ts'
import type { Keeper, Users } from '../users/users.ts'
import { hashSecret } from '../vault/vault.ts'
import {
  claimLink,
  deleteLinksBefore,
  deleteLinksOf,
  findLink,
  findLinkByToken,
  insertLink,
  listLinksOf,
  useLink,
} from './queries.ts'

/** What a site's backend may know of a link. Not whose it is: an address that anybody can pass on must log nobody in. */
export interface LinkView {
  id: string
  /** appid */
  account: string
  /** The app has this person among its users. */
  known: boolean
  expires_at: string
}

/** What both ways on have in common with any flow. */
export type Onward = Pick<
  FlowInput,
  'browserBinding' | 'browser' | 'expiresIn' | 'idempotencyKey' | 'locale' | 'metadata' | 'returnTo'
>

/** The claim of a user of the site, who is logged in there. */
export type Claim = Pick<
  FlowInput,
  'displayName' | 'expiresIn' | 'idempotencyKey' | 'locale' | 'reauthenticatedAt' | 'returnTo'
> & { externalUserId: string }

/**
 * Begin in WeChat: a link from the chat into a site. It is good for one follower, once, and for nobody else; opening it changes nothing, so that
 * whatever looks ahead at links spoils none. The person's own yes on the confirm page uses it up.
 */
export interface Links {
  keeper: Keeper
  /**
   * A link for this follower, written with the transaction or batch that hands it out. Without an app: into the only one that takes links.
   * @returns its address; undefined where no app takes links, or the account cannot prove who opens them
   */
  issue(tx: Tx | Batch, to: { account: Account; openidIndex: string; appId?: string | undefined }): string | undefined
  /** The link of a token that may still be opened. What was never one, is over or used is all the same. */
  open(token: string): Promise<LinkRow | undefined>
  /** Whether this person, whom OAuth has just proved, is the one it was given to. */
  admits(session: PhoneSession): Promise<boolean>
  /** Where the site receives whoever opened it. */
  destinationOf(link: LinkRow): string | undefined
  get(app: App, id: string): Promise<LinkView>
  /** The site says which of its users has opened the link. @returns a bind, for that follower to confirm */
  claim(app: App, id: string, claim: Claim): Promise<FlowRow>
  /** Whoever opened the link logs in. @returns a login, for that follower to confirm */
  logIn(app: App, id: string, onward: Onward): Promise<FlowRow>
  /** Part of the transaction in which the person said yes. @returns false when the link was used before */
  use(tx: Tx, id: string): Promise<boolean>
  forget(job: Job): Promise<void>
}

/** How long a link may be opened. */
const openLifeMs = 10 * 60_000
/** And how long the person may take at the site, to log in or to register there. */
const claimLifeMs = 30 * 60_000
const atOnce = 500
const tokenPattern = /^[0-9A-Za-z_-]{43}$/

export function createLinks(deps: {
  store: Store
  clock: Clock
  accounts: Accounts
  apps: Apps
  events: Events
  users: Users
  flows: Flows
  publicUrl: () => string
}): Links {
  const { store, clock, accounts, apps, events, users, flows } = deps

  const takesFrom = (app: App, account: Account) =>
    app.linkUrl !== undefined && (app.appid ?? account.appid) === account.appid
  /** A link that makes the round of a group is one piece of news; each node counts for itself. */
  const forwarded = createLimiter({ clock, limit: 1, windowMs: 2 * claimLifeMs })

  /** The app that a link of this account leads into. */
  function appOf(account: Account, appId: string | undefined): App | undefined {
    if (appId !== undefined) {
      const app = apps.find(appId)
      return app && takesFrom(app, account) ? app : undefined
    }
    const taking = apps.list().filter((app) => takesFrom(app, account))
    return taking.length === 1 ? taking[0] : undefined
  }

  function isOver(link: LinkRow): boolean {
    return link.used_at !== null || link.created_at + claimLifeMs <= clock.now()
  }

  async function own(app: App, id: string): Promise<LinkRow> {
    const link = await findLink(store.db, id)
    if (link?.app_id !== app.id) throw new DomainError('not_found')
    if (isOver(link)) throw new DomainError('link_over')
    return link
  }

  const flowLink = ({ id, appid, openid_index, created_at }: LinkRow) => ({
    account: appid,
    link: { id, openidIndex: openid_index, until: created_at + claimLifeMs },
  })

  return {
    keeper: {
      name: 'links',
      async show({ wechats }, appId) {
        const rows = await Promise.all(wechats.map(([appid, index]) => listLinksOf(store.db, appid, index, appId)))
        const at = (time: number) => new Date(time).toISOString()
        return rows.flat().map((row) => ({
          app: row.app_id,
          account: row.appid,
          created_at: at(row.created_at),
          ...(row.used_at !== null && { used_at: at(row.used_at) }),
        }))
      },
      async forget(tx, { wechats }, appId) {
        if (appId === undefined) for (const [appid, index] of wechats) await deleteLinksOf(tx, appid, index)
      },
    },
    issue(tx, { account, openidIndex, appId }) {
      const app = appOf(account, appId)
      if (!app || !account.capabilities.webOauth || !account.mayAuthenticate) return undefined
      const token = randomBytes(32).toString('base64url')
      const now = clock.now()
      const row = [newId('ln'), hashSecret(token), app.id, account.appid, openidIndex, now, now + openLifeMs]
      store.append(tx, insertLink, row)
      return `${deps.publicUrl()}/l/${token}`
    },
    async open(token) {
      if (!tokenPattern.test(token)) return undefined
      const link = await findLinkByToken(store.db, hashSecret(token))
      return link && !isOver(link) && link.expires_at > clock.now() && accounts.find(link.appid) ? link : undefined
    },
    async admits({ about, openidIndex }) {
      const link = await findLink(store.db, about)
      if (!link) return false
      if (link.openid_index === openidIndex) return true
      if (forwarded.take(link.id) === 0)
        await store.write(async (tx) => events.append(tx, link.app_id, 'link.forwarded', { link_id: link.id }))
      return false
    },
    destinationOf(link) {
      const linkUrl = apps.find(link.app_id)?.linkUrl
      if (linkUrl === undefined) return undefined
      const url = new URL(linkUrl)
      url.searchParams.set('link', link.id)
      return url.href
    },
    async get(app, id) {
      const link = await own(app, id)
      const wechat = { kind: 'wechat', namespace: link.appid, index: link.openid_index } as const
      const owner = await users.ownerOf(store.db, wechat)
      const publicId = owner && (await users.findPublicId(store.db, app.id, owner.userId))
      return {
        id: link.id,
        account: link.appid,
        known: publicId !== undefined,
        expires_at: new Date(link.created_at + claimLifeMs).toISOString(),
      }
    },
    async claim(app, id, claim) {
      const link = await own(app, id)
      const { index } = users.externalKey(app.id, claim.externalUserId)
      const isTheirs = await store.write((tx) => claimLink(tx, id, index, clock.now() - claimLifeMs))
      if (!isTheirs) {
        await own(app, id)
        throw new DomainError('link_claimed')
      }
      return flows.create(app, { ...claim, kind: 'bind', ...flowLink(link) })
    },
    async logIn(app, id, onward) {
      return flows.create(app, { ...onward, kind: 'login', ...flowLink(await own(app, id)) })
    },
    use: (tx, id) => useLink(tx, id, clock.now()),
    async forget({ write }) {
      const before = clock.now() - 2 * claimLifeMs
      while ((await write((tx) => deleteLinksBefore(tx, before, atOnce))) === atOnce);
    },
  }
}
