import { NetworkError, WechatError } from '@hufu/wechat'
import type { Account } from '../../accounts/accounts.ts'
import { type Job, LeaseLost } from '../../outbox/outbox.ts'
import { StoreUnavailable } from '../../store/store.ts'
import type { ReconcileRow } from '../../store/tables.ts'
import { nextNight } from '../allowance.ts'
import { foreignOpenid } from '../lookups.ts'
import { findReconcile, insertReconciles, listReconciles, wantReconciles } from './queries.ts'
import { createRounds, type RoundsDeps, Spent, type Step } from './rounds.ts'

/** How far the round of an account is. */
export type Progress = Pick<
  ReconcileRow,
  'step' | 'next_at' | 'wanted_at' | 'started_at' | 'ended_at' | 'listed' | 'total' | 'found' | 'gone' | 'last_error'
>

/**
 * Who follows here, compared with who follows on the platform: nightly, and after a time in which pushes may have been lost. How far it came is
 * written with every step, so that whoever has the lease next goes on from there.
 */
export interface Reconciling {
  /** A job: takes steps until nothing is due. */
  run(job: Job, accounts: Account[]): Promise<void>
  /**
   * A round of these accounts, not before `delayMs` from now. One that is under way goes on, and another follows it.
   * @returns for how many: WeChat shows the followers of verified accounts only, and with no share of the calls there are no rounds
   */
  want(accounts: Account[], delayMs: number): Promise<number>
  progress(appid: string): Promise<Progress | undefined>
}

const minuteMs = 60_000
const backoffMs = 5 * minuteMs

export function createReconciling(
  deps: RoundsDeps & { log: { error(details: object, message: string): void } },
): Reconciling {
  const { store, clock, share } = deps
  const rounds = createRounds(deps)

  /** Takes one step; what goes wrong with one account is put off, and holds up no other. */
  async function advance(step: Step): Promise<void> {
    try {
      await rounds.advance(step)
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof StoreUnavailable) throw error
      const now = clock.now()
      if (!(error instanceof Spent)) {
        deps.log.error({ err: error, appid: step.account.appid }, 'followers could not be compared; it goes on later')
      }
      await rounds.save(step, { next_at: laterThan(now, error), last_error: describe(error) })
    }
  }

  async function addMissing(accounts: Account[], known: ReconcileRow[]): Promise<void> {
    const appids = new Set(known.map((row) => row.appid))
    const missing = accounts.filter(({ appid }) => !appids.has(appid))
    if (missing.length === 0) return
    const now = clock.now()
    await store.write((tx) =>
      insertReconciles(
        tx,
        missing.map(({ appid }) => newRow(appid, nextNight(now))),
      ),
    )
  }

  // At 0 there are no rounds.
  const able = (accounts: Account[]) => accounts.filter((account) => share > 0 && account.capabilities.userInfo)

  return {
    async run(job, all) {
      const accounts = new Map(able(all).map((account) => [account.appid, account]))
      await addMissing([...accounts.values()], await listReconciles(store.db))
      while (!job.signal.aborted) {
        const now = clock.now()
        const due = (await listReconciles(store.db)).filter((row) => row.next_at <= now && accounts.has(row.appid))
        if (due.length === 0) return
        for (const row of due) {
          const account = accounts.get(row.appid)
          if (account && !job.signal.aborted) await advance({ job, account, row })
        }
      }
    },
    async want(all, delayMs) {
      const accounts = able(all)
      await addMissing(accounts, await listReconciles(store.db))
      const now = clock.now()
      const appids = accounts.map(({ appid }) => appid)
      await store.write((tx) => wantReconciles(tx, appids, { now, at: now + delayMs }))
      return appids.length
    },
    progress: (appid) => findReconcile(store.db, appid),
  }
}

function newRow(appid: string, nextAt: number): ReconcileRow {
  return {
    appid,
    step: 'rest',
    next_at: nextAt,
    wanted_at: 0,
    started_at: null,
    ended_at: null,
    page_sealed: null,
    compared: '',
    listed: 0,
    total: 0,
    found: 0,
    gone: 0,
    day: 0,
    list_calls: 0,
    info_calls: 0,
    last_error: null,
  }
}

function laterThan(now: number, error: unknown): number {
  if (error instanceof Spent) return nextNight(now)
  if (!(error instanceof WechatError)) return now + backoffMs
  if (error.retry === 'quota_minute') return now + minuteMs
  return error.retry === 'backoff' || error.retry === 'token' || error.errcode === foreignOpenid
    ? now + backoffMs
    : nextNight(now)
}

/** For the operator: no text of the platform's, which may name people. */
function describe(error: unknown): string {
  if (error instanceof Spent) return 'the day’s share of calls is spent'
  if (error instanceof WechatError) return `WeChat refused: errcode ${error.errcode}`
  return error instanceof NetworkError
    ? `WeChat did not answer: ${error.kind}`
    : error instanceof Error
      ? error.name
      : 'Error'
}
