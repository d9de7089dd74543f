import { WechatError } from '@hufu/wechat'
import type { Account } from '../../accounts/accounts.ts'
import type { Job } from '../../outbox/outbox.ts'
import type { Clock } from '../../store/clock.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { ReconcileRow } from '../../store/tables.ts'
import type { Users } from '../../users/users.ts'
import type { Vault } from '../../vault/vault.ts'
import { callsLeft, nextNight, spent } from '../allowance.ts'
import { ask, foreignOpenid, mostAsked } from '../lookups.ts'
import { type Asked, isFollowing, type Settling } from '../settling.ts'
import {
  changeReconcile,
  deleteListed,
  findStretchEnd,
  holdWanted,
  listDoubtful,
  listStandings,
  putListed,
} from './queries.ts'

/** One step of one account: its row as it was read. */
export interface Step {
  job: Job
  account: Account
  row: ReconcileRow
}

/** The day's share of calls is spent. */
export class Spent extends Error {
  override name = 'Spent'
}

export interface Rounds {
  /** Takes one step of the account's round, and writes how far it came. @throws Spent */
  advance(step: Step): Promise<void>
  save(step: Step, change: Partial<ReconcileRow>): Promise<void>
}

export interface RoundsDeps {
  store: Store
  vault: Vault
  clock: Clock
  users: Users
  settling: Settling
  /** Of the platform's daily calls, 0 to 1. */
  share: number
}

const markedAtOnce = 500
const stretchRows = 2_000
const minuteMs = 60_000

/**
 * A round reads the platform's list, page by page, and then our followers, stretch by stretch. Whoever is in the list and does not follow here,
 * or follows here and was not in it, is asked about by name, and only the answer to that counts: a list that changes while it is read
 * shows somebody twice or not at all.
 */
export function createRounds({ store, vault, clock, users, settling, share }: RoundsDeps): Rounds {
  async function save({ job, account, row }: Step, change: Partial<ReconcileRow>): Promise<void> {
    await job.write((tx) => changeReconcile(tx, account.appid, change))
    Object.assign(row, change)
  }

  async function begin(step: Step): Promise<void> {
    const fresh = { page_sealed: null, compared: '', listed: 0, total: 0, found: 0, gone: 0, last_error: null }
    await save(step, { ...fresh, step: 'list', started_at: clock.now(), ended_at: null })
  }

  /** Asks about people and writes the answers. */
  async function settle(step: Step, asked: Asked[]): Promise<void> {
    const { job, account, row } = step
    if (asked.length === 0) return
    const now = clock.now()
    if (callsLeft(account, row, 'info_calls', now, share) <= 0) throw new Spent()
    // Counted before it is made: a node that dies over it must not make it free.
    await save(step, spent(row, 'info_calls', 1, now))
    const { answers, calls } = await ask(
      account,
      asked.map(({ openid }) => openid),
    )
    const change = await job.write(async (tx) => {
      const { found, gone } = await settling.settle(tx, account, asked, answers, now)
      const counted = { found: row.found + found, gone: row.gone + gone, ...spent(row, 'info_calls', calls - 1, now) }
      await changeReconcile(tx, account.appid, counted)
      return counted
    })
    Object.assign(row, change)
  }

  /** Seconds of WeChat's clock from which on a push knows better than this round. */
  function roundBegan({ account, row }: Step): number {
    return Math.floor(((row.started_at ?? 0) + account.platformClock.offset()) / 1_000)
  }

  /** Writes down who is in the list. @returns those of whom we did not know it */
  async function mark(step: Step, openids: string[]): Promise<Asked[]> {
    const { appid } = step.account
    const byIndex = new Map(openids.map((openid) => [users.wechatIndex(appid, openid), openid]))
    const indexes = [...byIndex.keys()]
    await step.job.write((tx) => putListed(tx, appid, indexes.toSorted()))
    const standings = new Map((await listStandings(store.db, appid, indexes)).map((row) => [row.openid_index, row]))
    return indexes.flatMap((openidIndex) => {
      const before = standings.get(openidIndex)
      if (isFollowing(before)) return []
      if (before && before.event_at >= roundBegan(step)) return []
      return [{ openid: byIndex.get(openidIndex) ?? '', openidIndex, before }]
    })
  }

  async function readPage(
    step: Step,
  ): Promise<{ openids: readonly string[]; next: string | undefined; total: number }> {
    const { account, row } = step
    const now = clock.now()
    if (callsLeft(account, row, 'list_calls', now, share) <= 0) throw new Spent()
    // Counted before it is made: a node that dies over it must not make it free.
    await save(step, spent(row, 'list_calls', 1, now))
    const after = row.page_sealed ? vault.open(pagePlace(account), row.page_sealed) : undefined
    try {
      const { openids, nextOpenid, total } = await account.client.userGet(after)
      const isLast = openids.length === 0 || row.listed + openids.length >= total
      return { openids, next: isLast ? undefined : nextOpenid, total }
    } catch (error) {
      // Whose openid the next page begins after may have left: from the beginning, then.
      if (after && error instanceof WechatError && error.errcode === foreignOpenid) {
        await save(step, { page_sealed: null, listed: 0 })
      }
      throw error
    }
  }

  /** One page of the platform's list. A page that was not finished is read again: those who were settled are in doubt no more. */
  async function list(step: Step): Promise<void> {
    const { job, account, row } = step
    const { openids, next, total } = await readPage(step)
    let doubtful: Asked[] = []
    for (let at = 0; at < openids.length && !job.signal.aborted; at += markedAtOnce) {
      doubtful.push(...(await mark(step, openids.slice(at, at + markedAtOnce))))
      while (doubtful.length >= mostAsked && !job.signal.aborted) {
        await settle(step, doubtful.slice(0, mostAsked))
        doubtful = doubtful.slice(mostAsked)
      }
    }
    if (job.signal.aborted) return
    await settle(step, doubtful)
    await save(step, {
      listed: row.listed + openids.length,
      total,
      page_sealed: next === undefined ? null : vault.seal(pagePlace(account), next),
      ...(next === undefined && { step: 'compare' }),
    })
  }

  /** A stretch of our followers: those who were not in the list. */
  async function compare(step: Step): Promise<void> {
    const { job, account, row } = step
    const { appid } = account
    const from = { appid, after: row.compared }
    const stretch = { ...from, until: await findStretchEnd(store.db, from, stretchRows) }
    const doubtful = await listDoubtful(store.db, stretch, roundBegan(step))
    for (let at = 0; at < doubtful.length; at += mostAsked) {
      if (job.signal.aborted) return
      await settle(
        step,
        doubtful.slice(at, at + mostAsked).flatMap((before) => {
          if (!before.openid_sealed) return []
          const openid = vault.open(users.openidPlace(appid, before.openid_index), before.openid_sealed)
          return [{ openid, openidIndex: before.openid_index, before }]
        }),
      )
    }
    await job.write(async (tx) => {
      await deleteListed(tx, stretch)
      await changeReconcile(tx, appid, stretch.until === undefined ? await ended(tx, row) : { compared: stretch.until })
    })
  }

  async function ended(tx: Tx, { appid, started_at }: ReconcileRow): Promise<Partial<ReconcileRow>> {
    const now = clock.now()
    const isWantedAgain = (await holdWanted(tx, appid)) > (started_at ?? 0)
    return { step: 'rest', ended_at: now, last_error: null, next_at: isWantedAgain ? now + minuteMs : nextNight(now) }
  }

  return {
    save,
    async advance(step) {
      if (step.row.step === 'rest') await begin(step)
      else if (step.row.step === 'list') await list(step)
      else await compare(step)
    },
  }
}

function pagePlace({ appid }: Account): string {
  return `reconciles.page.${appid}`
}
