import type { Account } from '../accounts/accounts.ts'
import { type Events, feedName } from '../events/events.ts'
import type { Clock } from '../store/clock.ts'
import type { Db, Statements, Store, Tx } from '../store/store.ts'
import type { FollowerRow } from '../store/tables.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import {
  deleteFollower,
  findFollower,
  findFollowerInBatch,
  listLookupsDue,
  listUnfollowed,
  putFollowerInBatch,
  settleLookup,
} from './queries.ts'

const lateMs = 10_000
const hourMs = 3_600_000
const atOnce = 500

/** A person as an arrival showed them. */
export interface Arrival {
  account: Account
  openid: string
  openidIndex: string
  /** Seconds, WeChat's `CreateTime`. */
  createTime: number
}

export interface Followers {
  /** This person follows now, as `subscribe`, a scan or a message shows. @returns the row, and whether this push is the newest word */
  follows(
    tx: Statements,
    arrival: Arrival,
    how: 'subscribe' | 'seen',
  ): { row: FollowerRow; newest: boolean; changed: string[] }
  /** This person left. @returns whether this push is the newest word, and the live names it changed */
  unfollows(tx: Statements, arrival: Arrival): { newest: boolean; changed: string[] }
  find(db: Db | Tx, appid: string, openidIndex: string): Promise<FollowerRow | undefined>
  openUnionid(row: FollowerRow): string | undefined
  /** Asks the platform about followers whose state is in doubt or whose unionid is unknown: at most one call of 100 for each account. */
  lookUp(accounts: Account[]): Promise<void>
  /** Where the account's policy is `erase`: those who left more than an hour ago, when no older push can come any more, lose their index too. */
  forget(accounts: Account[]): Promise<void>
}

export function createFollowers(deps: {
  store: Store
  vault: Vault
  clock: Clock
  events: Events
  users: Users
}): Followers {
  const { store, vault, clock, events, users } = deps

  function tellApps(tx: Statements, arrival: Arrival, type: 'follower.subscribed' | 'follower.unsubscribed'): string[] {
    const apps = users.knownTo(tx, arrival.account.appid, arrival.openidIndex)
    for (const app of apps) {
      events.appendInBatch(tx, app.app_id, type, { user_id: app.public_id, account: arrival.account.appid })
    }
    return apps.map((app) => feedName(app.app_id))
  }

  function newRow(arrival: Arrival): FollowerRow {
    return {
      appid: arrival.account.appid,
      openid_index: arrival.openidIndex,
      openid_sealed: null,
      unionid_index: null,
      unionid_sealed: null,
      followed_at: null,
      unfollowed_at: null,
      event_at: arrival.createTime,
      lookup_due_at: null,
    }
  }

  async function lookUpAccount(account: Account): Promise<void> {
    const due = await listLookupsDue(store.db, account.appid, clock.now(), 100)
    if (due.length === 0) return
    const byOpenid = new Map<string, FollowerRow>()
    for (const row of due) {
      if (row.openid_sealed)
        byOpenid.set(vault.open(users.openidPlace(row.appid, row.openid_index), row.openid_sealed), row)
    }
    const answers = await account.client.userInfoBatchget([...byOpenid.keys()])
    await store.write(async (tx) => {
      for (const answer of answers) {
        const row = byOpenid.get(answer.openid)
        if (!row) continue
        const gone = !answer.subscribe
        const unionid = gone ? undefined : answer.unionid
        await settleLookup(tx, row, {
          unfollowed_at: gone ? (row.unfollowed_at ?? clock.now()) : null,
          followed_at: gone ? row.followed_at : (row.followed_at ?? clock.now()),
          openid_sealed: gone ? null : row.openid_sealed,
          unionid_index: unionid ? vault.index('unionid', unionid) : null,
          unionid_sealed: unionid ? vault.seal(`unionid.${row.appid}.${row.openid_index}`, unionid) : null,
        })
      }
    })
  }

  return {
    follows(tx, arrival, how) {
      const { account } = arrival
      const known = findFollowerInBatch(tx, account.appid, arrival.openidIndex)
      if (
        known?.followed_at != null &&
        known.unfollowed_at === null &&
        (how === 'seen' || known.event_at > arrival.createTime)
      ) {
        return { row: known, newest: true, changed: [] }
      }
      if (known && known.event_at > arrival.createTime) return { row: known, newest: false, changed: [] }
      const now = clock.now()
      // Two events of one second have no order: the one that came last is believed, and the platform is asked.
      const inDoubt = known?.event_at === arrival.createTime
      const row: FollowerRow = {
        ...(known ?? newRow(arrival)),
        openid_sealed: vault.seal(users.openidPlace(account.appid, arrival.openidIndex), arrival.openid),
        followed_at: how === 'subscribe' || !known?.followed_at ? now : known.followed_at,
        unfollowed_at: null,
        event_at: arrival.createTime,
        lookup_due_at: account.capabilities.userInfo && (inDoubt || how === 'subscribe') ? now : null,
      }
      putFollowerInBatch(tx, row)
      return { row, newest: true, changed: how === 'subscribe' ? tellApps(tx, arrival, 'follower.subscribed') : [] }
    },
    unfollows(tx, arrival) {
      const { account } = arrival
      const known = findFollowerInBatch(tx, account.appid, arrival.openidIndex)
      if (known && known.event_at > arrival.createTime) return { newest: false, changed: [] }
      // Late news may be old news: scans do not move event_at, so the platform is asked what came last.
      const late = clock.now() + account.platformClock.offset() - arrival.createTime * 1_000 > lateMs
      const inDoubt = known?.unfollowed_at === null && (late || known.event_at === arrival.createTime)
      putFollowerInBatch(tx, {
        ...newRow(arrival),
        // WeChat demands that a person who leaves is forgotten; while in doubt the openid is needed once more, to ask.
        openid_sealed: inDoubt && known ? known.openid_sealed : null,
        unfollowed_at: clock.now(),
        lookup_due_at: inDoubt && account.capabilities.userInfo ? clock.now() : null,
      })
      users.forgetOpenid(tx, account.appid, arrival.openidIndex)
      return { newest: true, changed: tellApps(tx, arrival, 'follower.unsubscribed') }
    },
    find: findFollower,
    async forget(all) {
      for (const { appid } of all.filter((account) => account.onUnfollow === 'erase')) {
        const gone = await listUnfollowed(store.db, appid, clock.now() - hourMs, atOnce)
        await store.write(async (tx) => {
          for (const index of gone) {
            if (await users.eraseWechat(tx, appid, index)) await deleteFollower(tx, appid, index)
          }
        })
      }
    },
    openUnionid(row) {
      if (!row.unionid_sealed) return undefined
      return vault.open(`unionid.${row.appid}.${row.openid_index}`, row.unionid_sealed)
    },
    async lookUp(all) {
      const asked = await Promise.allSettled(all.map(lookUpAccount))
      const failed = asked.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}
