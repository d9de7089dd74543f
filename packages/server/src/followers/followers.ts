import type { Account } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Store, Tx, Value } from '../store/store.ts'
import type { FollowerRow } from '../store/tables.ts'
import type { Keeper, KnownTo, Users, WechatIndex } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { gatherDepartures, holdDepartures } from './departures.ts'
import { createKeeper } from './keeping.ts'
import {
  cancelFollower,
  deleteStrangers,
  deleteUnfollowed,
  doubtFollower,
  findFollower,
  followersByKey,
  holdFollowers,
  insertFollower,
  insertFollowers,
  replaceFollowers,
  updateFollower,
} from './queries.ts'

export type { Lookups } from './lookups.ts'

const lateMs = 10_000
const hourMs = 3_600_000
const atOnce = 100

/** A person as an arrival showed them. */
export interface Arrival {
  account: Account
  openid: string
  openidIndex: string
  /** Seconds, WeChat's `CreateTime`. */
  createTime: number
}

export type FollowerEvent =
  | 'follower.subscribed'
  | 'follower.unsubscribed'
  | 'follower.info_modified'
  | 'follower.authorization_revoked'
  | 'follower.cancelled'

/** The followers of one batch: they change here, arrival by arrival, and are written together. */
export interface GatheredFollowers {
  /** This person follows now, as `subscribe`, a scan or a message shows. @returns whether this push is the newest word */
  follows(arrival: Arrival, how: 'subscribe' | 'seen'): boolean
  /** This person left. @returns whether this push is the newest word */
  unfollows(arrival: Arrival): boolean
  /**
   * A push that was handled before, or one that WeChat's own measure cannot tell from it: whoever comes, leaves and comes again within one
   * second sends two that are alike. Where it is not how things stand, the platform is asked.
   */
  repeats(arrival: Arrival, how: 'subscribe' | 'unsubscribe'): void
  /** This person closed their WeChat: they follow no more, and within two hours nothing is left that would recognise them. */
  cancels(arrival: Arrival): void
  /** This person withdrew what they had authorised on web pages: who does not follow besides is forgotten. */
  revokes(arrival: Arrival): void
  /** The apps whose user this is hear of it. */
  tell(arrival: Arrival, type: FollowerEvent): void
  /** Whether this person is known to have left, as it stands after what was handled so far. */
  hasLeft(arrival: Arrival): boolean
  /** The apps whose user this is, for who was gathered among `told`. */
  knownTo(arrival: Arrival): KnownTo[]
  /** The first of what is put on the batch: what it decides rests on who follows. */
  guard(): void
  put(): void
}

export interface Followers {
  /** Reads the followers whom a batch of arrivals concerns. `told`: those whose apps will hear of it. */
  gather(batch: Batch, arrivals: { people: Arrival[]; told: Arrival[] }): Promise<GatheredFollowers>
  find(db: Db | Tx, appid: string, openidIndex: string): Promise<FollowerRow | undefined>
  openUnionid(row: FollowerRow): string | undefined
  /** WeChat's API has told this person's unionid by web authorisation: it counts whether they follow the account or not. */
  takeUnionid(tx: Tx, account: Account, openidIndex: string, unionid: string): Promise<void>
  /** WeChat says that they do not follow: it is asked at the next look-up, and what it says then has all the effects of a push. */
  doubt(tx: Tx, appid: string, openidIndex: string): Promise<void>
  /** Nobody changes this follower until the transaction ends. Comes before any flow. */
  hold(tx: Tx, appid: string, openidIndex: string): Promise<void>
  keeper: Keeper
  /**
   * Those who left more than an hour ago, when no older push can come any more, lose their index too: where the account's policy is `erase`, and
   * everywhere those who closed their WeChat.
   */
  forget(job: Job, accounts: Account[]): Promise<void>
}

export function createFollowers(deps: {
  store: Store
  vault: Vault
  clock: Clock
  events: Events
  users: Users
}): Followers {
  const { store, vault, clock, events, users } = deps

  function unionidOf(row: FollowerRow): string | undefined {
    if (!row.unionid_sealed) return undefined
    return vault.open(unionidPlace(row.appid, row.openid_index), row.unionid_sealed)
  }

  function newRow(arrival: Arrival): FollowerRow {
    return { ...nobody(arrival.account.appid, arrival.openidIndex), event_at: arrival.createTime }
  }

  return {
    async gather(batch, { people, told }) {
      const wechatsOf = (some: Arrival[]): WechatIndex[] => [
        ...new Map(some.map((one) => [keyOf(one), [one.account.appid, one.openidIndex] as WechatIndex])).values(),
      ]
      const [departures, found, knownTo] = await Promise.all([
        gatherDepartures(batch, [...new Set(people.map(({ account }) => account.appid))].toSorted()),
        batch.find<FollowerRow>(followersByKey, wechatsOf(people)),
        users.gatherKnownTo(batch, wechatsOf(told)),
      ])
      const read = new Map(found.map((row) => [`${row.appid} ${row.openid_index}`, row]))
      const rows = new Map(read)
      const forgotten = new Map<string, WechatIndex>()
      const cancelled = new Map<string, WechatIndex>()

      function tellApps(arrival: Arrival, type: FollowerEvent): void {
        for (const app of knownTo.get(arrival.openidIndex) ?? []) {
          events.append(batch, app.app_id, type, { user_id: app.public_id, account: arrival.account.appid })
        }
      }

      return {
        follows(arrival, how) {
          const { account } = arrival
          const known = rows.get(keyOf(arrival))
          const isFollowing = known?.followed_at != null && known.unfollowed_at === null
          if (isFollowing && (how === 'seen' || known.event_at > arrival.createTime)) return true
          if (known && known.event_at > arrival.createTime) return false
          const now = clock.now()
          // Two events of one second have no order: the one that came last is believed, and the platform is asked.
          const inDoubt = known?.event_at === arrival.createTime
          rows.set(keyOf(arrival), {
            ...(known ?? newRow(arrival)),
            openid_sealed: vault.seal(users.openidPlace(account.appid, arrival.openidIndex), arrival.openid),
            followed_at: how === 'subscribe' || !known?.followed_at ? now : known.followed_at,
            unfollowed_at: null,
            event_at: arrival.createTime,
            lookup_due_at: account.capabilities.userInfo && (inDoubt || how === 'subscribe') ? now : null,
          })
          if (how === 'subscribe') tellApps(arrival, 'follower.subscribed')
          return true
        },
        unfollows(arrival) {
          const { account } = arrival
          const known = rows.get(keyOf(arrival))
          if (known && known.event_at > arrival.createTime) return false
          // Late news may be old news: scans do not move event_at, so the platform is asked what came last.
          const late = clock.now() + account.platformClock.offset() - arrival.createTime * 1_000 > lateMs
          const inDoubt = known?.unfollowed_at === null && (late || known.event_at === arrival.createTime)
          rows.set(keyOf(arrival), {
            ...newRow(arrival),
            // WeChat demands that a person who leaves is forgotten; while in doubt the openid is needed once more, to ask.
            openid_sealed: inDoubt && known ? known.openid_sealed : null,
            unfollowed_at: clock.now(),
            lookup_due_at: inDoubt && account.capabilities.userInfo ? clock.now() : null,
          })
          forgotten.set(keyOf(arrival), [account.appid, arrival.openidIndex])
          tellApps(arrival, 'follower.unsubscribed')
          return true
        },
        repeats(arrival, how) {
          const { account } = arrival
          const known = rows.get(keyOf(arrival))
          if (known?.event_at !== arrival.createTime || !account.capabilities.userInfo) return
          const isFollowing = known.followed_at !== null && known.unfollowed_at === null
          if (isFollowing === (how === 'subscribe')) return
          const openid = vault.seal(users.openidPlace(account.appid, arrival.openidIndex), arrival.openid)
          rows.set(keyOf(arrival), { ...known, openid_sealed: openid, lookup_due_at: clock.now() })
        },
        cancels(arrival) {
          const event_at = Math.max(rows.get(keyOf(arrival))?.event_at ?? 0, arrival.createTime)
          rows.set(keyOf(arrival), { ...newRow(arrival), unfollowed_at: clock.now(), event_at })
          const wechat: WechatIndex = [arrival.account.appid, arrival.openidIndex]
          forgotten.set(keyOf(arrival), wechat)
          cancelled.set(keyOf(arrival), wechat)
          tellApps(arrival, 'follower.cancelled')
        },
        revokes(arrival) {
          const known = rows.get(keyOf(arrival))
          const isFollowing = known?.followed_at != null && known.unfollowed_at === null
          if (!isFollowing) forgotten.set(keyOf(arrival), [arrival.account.appid, arrival.openidIndex])
          tellApps(arrival, 'follower.authorization_revoked')
        },
        tell: tellApps,
        hasLeft: (arrival) => rows.get(keyOf(arrival))?.unfollowed_at != null,
        knownTo: (arrival) => knownTo.get(arrival.openidIndex) ?? [],
        guard() {
          departures.guard(new Set([...forgotten.values()].map(([appid]) => appid)))
        },
        put() {
          const changed = [...rows]
            .filter(([key, row]) => read.get(key) !== row)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
          const news = changed.filter(([key]) => !read.has(key)).map(([, row]) => row)
          batch.put(
            insertFollower,
            news.map((row) => [row.appid, row.openid_index, ...valuesOf(row)]),
            'each',
          )
          const updates = changed.flatMap(([key, row]) => {
            const before = read.get(key)
            return before
              ? [[...valuesOf(row), row.appid, row.openid_index, before.event_at, before.unfollowed_at]]
              : []
          })
          batch.put(updateFollower, updates, 'each')
          batch.put(
            cancelFollower,
            [...cancelled.values()].toSorted().map((wechat) => [clock.now(), ...wechat]),
            'each',
          )
          users.forgetOpenids(batch, [...forgotten.values()].toSorted())
        },
      }
    },
    find: findFollower,
    doubt: (tx, appid, openidIndex) => doubtFollower(tx, appid, openidIndex, clock.now()),
    async hold(tx, appid, openidIndex) {
      await holdFollowers(tx, appid, [openidIndex])
    },
    async takeUnionid(tx, { appid, openPlatform }, openidIndex, unionid) {
      const [row] = await holdFollowers(tx, appid, [openidIndex])
      const unionid_index = vault.index('unionid', unionid)
      if (row?.unionid_index !== unionid_index) {
        const told = { unionid_index, unionid_sealed: vault.seal(unionidPlace(appid, openidIndex), unionid) }
        if (row) await replaceFollowers(tx, [{ ...row, ...told }])
        else await insertFollowers(tx, [{ ...nobody(appid, openidIndex), ...told }])
      }
      if (openPlatform === undefined) return
      const former = row?.unionid_index ?? null
      const changed = former === unionid_index ? null : former
      await users.unite(tx, { appid, openPlatform }, [{ openidIndex, unionidIndex: unionid_index, former: changed }])
    },
    async forget({ write, signal }, all) {
      for (const { appid, onUnfollow } of all) {
        while (!signal.aborted && (await write((tx) => deleteStrangers(tx, appid, atOnce))) === atOnce);
        const before = clock.now() - hourMs
        const eraseSome = () =>
          write(async (tx) => {
            // What batches have read of these followers, they read again; and as they do, departures before followers.
            await holdDepartures(store, tx, appid)
            const gone = await deleteUnfollowed(tx, appid, before, atOnce, onUnfollow === 'erase' ? 'all' : 'cancelled')
            const wechats = gone.map((row) => ({ index: row.openid_index, isClosed: row.cancelled_at !== null }))
            await users.eraseWechats(tx, appid, wechats)
            return gone.length
          })
        while (!signal.aborted && (await eraseSome()) === atOnce);
      }
    },
    keeper: createKeeper({ store, unionidOf }),
    openUnionid: unionidOf,
  }
}

function unionidPlace(appid: string, openidIndex: string): string {
  return `unionid.${appid}.${openidIndex}`
}

/** Somebody of whom no push has spoken. */
function nobody(appid: string, openidIndex: string): FollowerRow {
  return {
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
}

function keyOf(arrival: Arrival): string {
  return `${arrival.account.appid} ${arrival.openidIndex}`
}

/** What changes of a row, in the order of the table. */
function valuesOf(row: FollowerRow): Value[] {
  return [
    row.openid_sealed,
    row.unionid_index,
    row.unionid_sealed,
    row.followed_at,
    row.unfollowed_at,
    row.event_at,
    row.lookup_due_at,
  ]
}
