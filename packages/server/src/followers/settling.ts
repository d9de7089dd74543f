import type { UserInfo } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Flows } from '../flows/flows.ts'
import type { Inbox } from '../inbox/inbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { FollowerRow } from '../store/tables.ts'
import type { ToldUnion, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { holdDepartures } from './departures.ts'
import { holdFollowers, insertFollowers, replaceFollowers } from './queries.ts'

/** Somebody the platform was asked about, and what was known of them when it was asked. */
export interface Asked {
  openid: string
  openidIndex: string
  before: Pick<FollowerRow, 'event_at' | 'unfollowed_at'> | undefined
}

export interface Settled {
  /** How many follow of whom we did not know it. */
  found: number
  /** How many left of whom we did not know it. */
  gone: number
}

export interface SettlingDeps {
  store: Store
  vault: Vault
  clock: Clock
  events: Events
  users: Users
  flows: Pick<Flows, 'cancelOfScanners'>
  inbox: Pick<Inbox, 'forgetWriters'>
}

export interface Settling {
  /**
   * Writes what the platform said at `askedAt` (ms), with the effects that a push would have had but for the welcome. Where a push has spoken
   * or a doubt has come up since then, it is not believed. Whom the platform does not know stays as they are.
   */
  settle(tx: Tx, account: Account, asked: Asked[], answers: readonly UserInfo[], askedAt: number): Promise<Settled>
}

export function isFollowing(row: Pick<FollowerRow, 'followed_at' | 'unfollowed_at'> | undefined): boolean {
  return row?.followed_at != null && row.unfollowed_at === null
}

export function createSettling(deps: SettlingDeps): Settling {
  const { store, vault, clock, events, users, flows, inbox } = deps

  function following(account: Account, asked: Asked, row: FollowerRow | undefined, answer: UserInfo): FollowerRow {
    const { appid } = account
    const { openid, openidIndex } = asked
    const { unionid, subscribeTime: since } = answer
    const union = unionid && {
      unionid_index: vault.index('unionid', unionid),
      unionid_sealed: vault.seal(`unionid.${appid}.${openidIndex}`, unionid),
    }
    const known = row ?? {
      appid,
      openid_index: openidIndex,
      openid_sealed: null,
      unionid_index: null,
      unionid_sealed: null,
      followed_at: null,
      unfollowed_at: null,
      event_at: 0,
      lookup_due_at: null,
    }
    if (isFollowing(row)) return { ...known, ...union, lookup_due_at: null }
    const now = clock.now()
    return {
      ...known,
      ...union,
      openid_sealed: vault.seal(users.openidPlace(appid, openidIndex), openid),
      followed_at: since === undefined ? now : Math.min(now, since * 1_000 - account.platformClock.offset()),
      unfollowed_at: null,
      event_at: Math.max(known.event_at, since ?? 0),
      lookup_due_at: null,
    }
  }

  /** WeChat demands that a person who leaves is forgotten. */
  function left(row: FollowerRow): FollowerRow {
    return {
      ...row,
      openid_sealed: null,
      unionid_index: null,
      unionid_sealed: null,
      followed_at: null,
      unfollowed_at: row.unfollowed_at ?? clock.now(),
      lookup_due_at: null,
    }
  }

  async function tellApps(
    tx: Tx,
    appid: string,
    indexes: string[],
    type: 'follower.subscribed' | 'follower.unsubscribed',
  ): Promise<void> {
    if (indexes.length === 0) return
    for (const app of await users.listKnownTo(tx, appid, indexes)) {
      events.append(tx, app.app_id, type, { user_id: app.public_id, account: appid })
    }
  }

  /** Who is a user is recognised by the unionid, too, wherever the account's open platform is named. */
  async function unite(
    tx: Tx,
    { appid, openPlatform }: Account,
    news: FollowerRow[],
    changed: FollowerRow[],
    before: Map<string, FollowerRow>,
  ): Promise<void> {
    if (openPlatform === undefined) return
    const told = [...news, ...changed].flatMap((row): ToldUnion[] => {
      const former = before.get(row.openid_index)?.unionid_index ?? null
      if (row.unionid_index === null || row.unionid_index === former) return []
      return [{ openidIndex: row.openid_index, unionidIndex: row.unionid_index, former }]
    })
    await users.unite(tx, { appid, openPlatform }, told)
  }

  return {
    async settle(tx, account, asked, answers, askedAt) {
      const { appid } = account
      if (answers.some((answer) => !answer.subscribe)) await holdDepartures(store, tx, appid)
      const answered = new Map(answers.map((answer) => [answer.openid, answer]))
      const held = await holdFollowers(
        tx,
        appid,
        asked.map(({ openidIndex }) => openidIndex),
      )
      const rows = new Map(held.map((row) => [row.openid_index, row]))
      const news: FollowerRow[] = []
      const changed: FollowerRow[] = []
      for (const one of asked) {
        const row = rows.get(one.openidIndex)
        const { before } = one
        if (row?.event_at !== before?.event_at || row?.unfollowed_at !== before?.unfollowed_at) continue
        // A doubt that came up after the platform was asked is not settled by what it said before.
        if ((row?.lookup_due_at ?? Number.NEGATIVE_INFINITY) >= askedAt) continue
        const answer = answered.get(one.openid)
        if (answer?.subscribe) (row ? changed : news).push(following(account, one, row, answer))
        else if (answer && row) changed.push(left(row))
        else if (row && row.lookup_due_at !== null) {
          changed.push({ ...row, lookup_due_at: null, openid_sealed: isFollowing(row) ? row.openid_sealed : null })
        }
      }
      const inserted = await insertFollowers(tx, news)
      await replaceFollowers(tx, changed)
      const before = (row: FollowerRow) => rows.get(row.openid_index)
      const back = changed.filter((row) => isFollowing(row) && !isFollowing(before(row)))
      const gone = changed.filter((row) => !isFollowing(row) && isFollowing(before(row)))
      const found = [...inserted, ...back.map((row) => row.openid_index)]
      await tellApps(tx, appid, found, 'follower.subscribed')
      if (gone.length > 0) {
        const indexes = gone.map((row) => row.openid_index)
        await inbox.forgetWriters(tx, appid, indexes)
        await users.forgetOpenidsOf(tx, appid, indexes)
        await flows.cancelOfScanners(tx, indexes, askedAt)
        await tellApps(tx, appid, indexes, 'follower.unsubscribed')
      }
      // People come after flows.
      await unite(tx, account, news, changed, rows)
      return { found: found.length, gone: gone.length }
    },
  }
}
