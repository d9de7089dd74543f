import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Credentials } from '../credentials/credentials.ts'
import type { Events } from '../events/events.ts'
import { type FlowRow, type Flows, hostOf, kindOf } from '../flows/flows.ts'
import { base32, newId } from '../ids.ts'
import type { Messages } from '../messages/messages.ts'
import type { Job } from '../outbox/outbox.ts'
import { freshMs, type Sessions } from '../sessions/sessions.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { FlowKind } from '../store/tables.ts'
import { beijingTime } from '../text.ts'
import type { Brought, Keeper, Users, WechatIndex } from '../users/users.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'
import type { Guards } from './guards.ts'
import {
  deleteSignInsBefore,
  deleteSignInsOf,
  findSignIn,
  insertSignIn,
  listLoginsSince,
  listSignIns,
  listSignInsOf,
  markDisowned,
  moveSignIns,
  type SignInRow,
  setSignInTime,
} from './queries.ts'
import { createTakingApart } from './taking-apart.ts'
import { anotherText, type NoticeFacts, noticeText } from './texts.ts'

export type { Guards } from './guards.ts'

/** How somebody came to a site by scanning: what the person is told of, can look up, and can disown. */
export interface SignIn {
  id: string
  userId: string
  appId: string
  appid: string
  openidIndex: string
  kind: FlowKind
  /** Of an approval. */
  purpose: string | undefined
  browser: { browser?: string; os?: string }
  at: number
  disowned: boolean
}

/** Whose word it is that this was not them. */
export type Holder = { appid: string; openidIndex: string } | { userId: string }

export interface SignIns {
  keeper: Keeper
  /** Part of the redeem that lets somebody in, or of the registration before it; the person hears of it in the chat, where WeChat lets us say it. */
  record(tx: Tx, flow: FlowRow, brought?: Brought[]): Promise<void>
  find(id: string): Promise<SignIn | undefined>
  /** The newest first. */
  list(userId: string): Promise<SignIn[]>
  /**
   * “That was not me”: every session of Hufu's own ends, a link made so is taken apart where it still stands, the site is told by `login.disowned`, and for a week
   * whoever logs in by this WeChat must carry six digits to the PC. What the WeChat had confirmed and nobody has redeemed is over; a login that was redeemed just
   * before is disowned with it.
   */
  disown(id: string, holder: Holder): Promise<'disowned' | 'disowned_already' | 'not_found'>
  /** Names the sign-in in the notice's link. It opens a page; who holds the phone is proved by OAuth. */
  token(id: string): string
  /** @returns the id of a genuine token */
  ofToken(token: string): string | undefined
  /** Deletes what is older than half a year (网络安全法: logs are kept six months), and guards that are over. */
  forget(job: Job): Promise<void>
}

const dayMs = 24 * 3_600_000
const keptMs = 183 * dayMs
const guardMs = 7 * dayMs
/** As long as a completion code lives: nobody can have read of it yet. */
const justNowMs = 60_000
const minuteMs = 60_000
const mostListed = 50
const atOnce = 500

export function createSignIns(deps: {
  store: Store
  clock: Clock
  vault: Vault
  events: Events
  users: Users
  flows: Pick<Flows, 'disown' | 'purposeOf' | 'sealPurpose'>
  sessions: Sessions
  credentials: { passwords: Pick<Credentials['passwords'], 'forgetSince'> }
  guards: Guards
  apps: Apps
  accounts: Pick<Accounts, 'find'>
  messages: Pick<Messages, 'tell'>
  publicUrl: () => string
}): SignIns {
  const { store, clock, vault, events, users, flows, sessions, guards, apps, messages } = deps
  const { passwords } = deps.credentials
  const takeApart = createTakingApart({ users, events, passwords })

  function token(id: string): string {
    return id.slice(3) + base32(vault.derive('sign-in token', id).subarray(0, 20))
  }

  function isTheirs(row: SignInRow, holder: Holder): boolean {
    if ('userId' in holder) return row.user_id === holder.userId
    return row.appid === holder.appid && row.openid_index === holder.openidIndex
  }

  function siteOf(appId: string): string {
    const app = apps.find(appId)
    const host = app && hostOf(app)
    return host ? `${app.name} (${host})` : (app?.name ?? '')
  }

  /** One more WeChat is one more way in: those whom it joins hear of it, whatever the site wants to be told of its own. */
  async function tellOthers(tx: Tx, row: SignInRow, flow: FlowRow): Promise<void> {
    const wechats = await users.wechatsOf(tx, row.user_id)
    const linked = wechats.find(({ appid, index }) => appid === row.appid && index === row.openid_index)
    // Nobody is linked by a bind before the flow was confirmed.
    if (row.kind === 'bind' && (!linked || linked.since < (flow.confirmed_at ?? row.at))) return
    const facts = { site: siteOf(row.app_id), at: beijingTime(row.at), url: `${deps.publicUrl()}/me` }
    for (const { appid, index } of await users.listOtherWechats(tx, row.user_id, row.appid, row.openid_index)) {
      await messages.tell(tx, { appid, openidIndex: index }, anotherText(facts, flow.locale))
    }
  }

  /** Where the account has no pages, nobody can be proved on one: the person's own page lets them in by the chat. */
  function disownUrl(row: SignInRow): string {
    const hasPages = deps.accounts.find(row.appid)?.capabilities.webOauth
    return deps.publicUrl() + (hasPages ? `/not-me/${token(row.id)}` : `/me?account=${row.appid}`)
  }

  /** The person hears of it in the chat, with a way to say that it was not them. */
  async function notify(tx: Tx, row: SignInRow, locale: string, brought: Brought[]): Promise<void> {
    if (!apps.find(row.app_id)?.signInNotices) return
    const facts = {
      kind: kindOf(row),
      purpose: flows.purposeOf(row),
      linked: linkedAs(brought),
      site: siteOf(row.app_id),
      browser: JSON.parse(row.browser),
      at: beijingTime(row.at),
      url: disownUrl(row),
    }
    await messages.tell(tx, { appid: row.appid, openidIndex: row.openid_index }, noticeText(facts, locale))
  }

  const purposeOf = (row: SignInRow) => {
    const purpose = flows.purposeOf(row)
    return purpose !== undefined && { purpose }
  }

  /** Whom it concerns. It may have happened long ago: who has the WeChat by now, and what was linked since, is not what this is about. */
  async function reach(tx: Tx, row: SignInRow, holder: Holder) {
    const holderId = await users.findOfWechat(tx, row.appid, row.openid_index)
    const isStill = holderId === row.user_id
    const personId = 'userId' in holder && !isStill ? holder.userId : holderId
    const wechats: WechatIndex[] = isStill || 'appid' in holder ? [[row.appid, row.openid_index]] : []
    if (personId !== undefined) {
      for (const { appid, index } of await users.wechatsOf(tx, personId)) wechats.push([appid, index])
    }
    return { isStill, personId, wechats: unique(wechats) }
  }

  /** The site is to end what began with it; what was done here by it is undone here. */
  async function revoke(tx: Tx, row: SignInRow, isStill: boolean): Promise<void> {
    const publicId = await users.findPublicId(tx, row.app_id, row.user_id)
    const data = { ...(publicId && { user_id: publicId }), flow_id: row.flow_id, kind: kindOf(row) }
    events.append(tx, row.app_id, 'login.disowned', data)
    if (row.app_id !== apps.own().id) return
    // Whoever came in here may have set a password to come back by; what was set later, once the WeChat had left, is none of its holder's business.
    const span = isStill ? { from: row.at } : { from: row.at, until: row.at + freshMs + minuteMs }
    await passwords.forgetSince(tx, row.user_id, span)
  }

  function signInOf(row: SignInRow): SignIn {
    return {
      id: row.id,
      userId: row.user_id,
      appId: row.app_id,
      appid: row.appid,
      openidIndex: row.openid_index,
      kind: kindOf(row),
      purpose: flows.purposeOf(row),
      browser: JSON.parse(row.browser),
      at: row.at,
      disowned: row.disowned_at !== null,
    }
  }

  return {
    keeper: {
      name: 'sign_ins',
      async show({ userId }, appId) {
        return (await listSignInsOf(store.db, userId, appId)).map((row) => ({
          app: row.app_id,
          account: row.appid,
          kind: kindOf(row),
          ...purposeOf(row),
          browser: JSON.parse(row.browser),
          at: new Date(row.at).toISOString(),
          disowned: row.disowned_at !== null,
        }))
      },
      forgetHeld: (tx, { userId }, appId) => deleteSignInsOf(tx, userId, appId),
      absorb: moveSignIns,
    },
    async record(tx, flow, brought = []) {
      if (!flow.scanner_index) return
      const userId = await users.findOfWechat(tx, flow.appid, flow.scanner_index)
      if (!userId) return
      const id = newId('si')
      const purpose = flows.purposeOf(flow)
      const row: SignInRow = {
        id,
        user_id: userId,
        app_id: flow.app_id,
        appid: flow.appid,
        openid_index: flow.scanner_index,
        flow_id: flow.id,
        kind: flow.kind,
        browser: flow.browser ?? '{}',
        at: clock.now(),
        disowned_at: null,
        purpose_sealed: purpose === undefined ? null : flows.sealPurpose(id, purpose),
        brought: brought.length > 0 ? JSON.stringify(brought.map(({ id }) => id)) : null,
      }
      // What it brought was told when it was brought.
      if (!(await insertSignIn(tx, row))) return setSignInTime(tx, row.flow_id, row.at)
      await notify(tx, row, flow.locale, brought)
      if (row.kind === 'bind' || brought.some(({ kind }) => kind === 'wechat')) await tellOthers(tx, row, flow)
    },
    async find(id) {
      const row = await findSignIn(store.db, id)
      return row && signInOf(row)
    },
    async list(userId) {
      return (await listSignIns(store.db, userId, mostListed)).map(signInOf)
    },
    async disown(id, holder) {
      return store.write(async (tx) => {
        const found = await findSignIn(tx, id)
        if (!found || !isTheirs(found, holder)) return 'not_found'
        if (found.disowned_at !== null) return 'disowned_already'
        const before = await reach(tx, found, holder)
        await flows.disown(tx, before.wechats)
        // Something may be taken apart below: its user comes before their sessions, as with whoever moves them.
        await users.holdUserOf(tx, before.wechats)
        // Whoever was waited for may have changed whose it is.
        const row = (await findSignIn(tx, id)) ?? found
        const { isStill, personId, wechats } = await reach(tx, row, holder)
        if (personId !== undefined) await sessions.endAll(tx, personId)
        if (!(await markDisowned(tx, id, clock.now()))) return 'disowned_already'
        await guards.put(tx, wechats, clock.now() + guardMs)
        await revoke(tx, row, isStill)
        for (const late of await listLoginsSince(tx, wechats, clock.now() - justNowMs)) {
          // Of Hufu's own pages every session has ended already: one of them may be where this is said.
          if (late.app_id === apps.own().id) continue
          if (!(await markDisowned(tx, late.id, clock.now()))) continue
          await revoke(tx, late, isStill)
          if (late.user_id === personId) await takeApart(tx, late)
        }
        if (isStill) await takeApart(tx, row)
        return 'disowned'
      })
    },
    token,
    ofToken(presented) {
      if (!/^[a-z2-7]{58}$/.test(presented)) return undefined
      const id = `si_${presented.slice(0, 26)}`
      return equalSecrets(presented, token(id)) ? id : undefined
    },
    async forget({ write }) {
      const before = clock.now() - keptMs
      while ((await write((tx) => deleteSignInsBefore(tx, before, atOnce))) === atOnce);
      while ((await write((tx) => guards.forgetSome(tx, atOnce))) === atOnce);
    },
  }
}

/** As the notice calls it. */
function linkedAs(brought: Brought[]): NoticeFacts['linked'] {
  const kind = brought[0]?.kind
  if (kind === undefined) return undefined
  return kind === 'email' || kind === 'phone' ? kind : 'account'
}

/** One statement inserts no row twice; and everybody guards in one order, so that nobody waits in a circle. */
function unique(wechats: WechatIndex[]): WechatIndex[] {
  return [...new Map(wechats.map((wechat) => [wechat.join(' '), wechat])).entries()]
    .toSorted(byKey)
    .map(([, wechat]) => wechat)
}

function byKey([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1
}
