import type { Account, Accounts } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Followers } from '../followers/followers.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { GivenUp, Job, Outbox } from '../outbox/outbox.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Pause, Quotas } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import { StoreUnavailable, type Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Templates } from '../templates/templates.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { createBreaker } from './breaker.ts'
import { createClaiming, lateReason, longestSendMs, senderOf } from './claiming.ts'
import { hand } from './contents.ts'
import type { createEnding } from './ending.ts'
import { type End, endOf } from './outcomes.ts'
import { changeMessage, findRecipient, holdNext, holdOpen, holdOverdue, type Recipient } from './queries.ts'
import { createRefusals, type RefusalLog } from './refusals.ts'
import { type SendJob, sendJob } from './send-job.ts'
import { createWording } from './wording.ts'

/** By then whatever job a message has would have ended it. */
const overdueMs = 5 * 60_000
const atOnce = 200

/**
 * One at a time for each follower and lane, oldest first: WeChat refuses two at once (43108), and what is told second arrives second. What has an id
 * that WeChat knows again is repeated when an answer is lost, as long as it does; what has none never is.
 */
export function createSending(deps: {
  vault: Vault
  clock: Clock
  accounts: Accounts
  users: Users
  followers: Followers
  events: Events
  quotas: Quotas
  permissions: Permissions
  mutes: Pick<Mutes, 'isMuted'>
  templates: Pick<Templates, 'find'>
  outbox: Pick<Outbox, 'enqueue'>
  log: RefusalLog
  end: ReturnType<typeof createEnding>
}): { send(job: Job): Promise<void>; giveUp: GivenUp; endOverdue(job: Job): Promise<void> } {
  const { clock, accounts, followers, quotas, outbox, end } = deps
  const breaker = createBreaker()
  const sayInWords = createWording(deps)
  const sayRefused = createRefusals(deps)
  /** Which message what was thrown is about: a job is given up, and not whose turn it happened to be. */
  const faults = new WeakMap<object, string>()

  async function about<T>(id: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Error && !(error instanceof StoreUnavailable)) faults.set(error, id)
      throw error
    }
  }

  const { claim, settle } = createClaiming({ ...deps, end, about, sayInWords })

  async function ask(account: Account, message: MessageRow, openid: string, content: string): Promise<End> {
    const outcome = await about(message.id, () =>
      hand(account.client, message, openid, content).then(
        (msgid): End => ({ state: 'sent', msgid }),
        (error) => endOf(error, message, clock.now()),
      ),
    )
    if ('errcode' in outcome && outcome.errcode !== undefined) sayRefused(message, outcome.errcode)
    return outcome
  }

  /** Writes down what a try came to. @returns when the next may be made; undefined: at once, and of the next message */
  async function conclude(tx: Tx, message: MessageRow, outcome: End, pause?: Pause): Promise<number | undefined> {
    if (pause) await quotas.pause(tx, senderOf(message), pause)
    if (!('again' in outcome)) {
      await end(tx, message, outcome)
      return undefined
    }
    const { isRefused, errcode } = outcome
    // A pause is the account's: it ends for all its messages at once, and keeps nothing that goes another way waiting.
    const nextAt = outcome.pause ? null : clock.now() + outcome.again
    const at = Math.max(nextAt ?? 0, pause?.until ?? 0)
    const isUntried = isRefused && message.first_started_at === message.started_at
    if (isUntried && pause?.reason === 'quota_day' && (await sayInWords(tx, message))) return undefined
    if (at >= message.not_after) {
      await end(tx, message, { state: 'failed', reason: lateReason(pause), ...(errcode !== undefined && { errcode }) })
      return undefined
    }
    const isCounted = errcode !== undefined && !outcome.pause
    await changeMessage(tx, message, {
      state: 'ready',
      started_at: null,
      next_at: nextAt,
      tries: message.tries + 1,
      ...(isCounted && { refusals: message.refusals + 1 }),
      ...(errcode !== undefined && { wechat_errcode: errcode }),
      ...(isUntried && { first_started_at: null }),
    })
    return at
  }

  /** What the job does next, and rests or ends where that is nothing. */
  async function begin(tx: Tx, { message }: SendJob, { finish, postpone }: Pick<Job, 'finish' | 'postpone'>) {
    const recipient = await findRecipient(tx, message)
    if (recipient?.sendAt && recipient.sendAt > clock.now()) await postpone(tx, recipient.sendAt)
    else if (recipient) {
      const account = accounts.find(recipient.appid)
      const next = await claim(tx, recipient, account)
      if (next.outcome === 'send' && account) return { ...next, recipient, account }
      if (next.outcome === 'later') await postpone(tx, next.at)
      else await finish(tx)
    } else await finish(tx)
    return undefined
  }

  const peek = (tx: Tx, recipient: Recipient) => holdNext(tx, recipient, { now: clock.now(), paused: new Set() })

  return {
    /** Two transactions for each message: one before WeChat is asked, one after. Whichever finds nothing more to do ends the job. */
    async send(job) {
      const { payload, signal, write, finish, postpone } = job
      let goesOn = true
      while (goesOn && !signal.aborted) {
        const begun = await write((tx) => begin(tx, payload as SendJob, job))
        if (!begun) return
        const { message, openid, content, recipient, account } = begun
        const outcome = await ask(account, message, openid, content)
        // In a transaction of its own: followers are held before messages.
        if ('reason' in outcome && outcome.reason === 'not_following')
          await write((tx) => followers.doubt(tx, recipient.appid, recipient.openidIndex))
        const pause =
          breaker.after(senderOf(message), outcome, clock.now()) ?? ('pause' in outcome ? outcome.pause : undefined)
        goesOn = await write(async (tx) => {
          const at = await conclude(tx, message, outcome, pause)
          await settle(tx, message, outcome)
          if (at !== undefined) await postpone(tx, at)
          else if (await peek(tx, recipient)) return true
          else await finish(tx)
          return false
        })
      }
      // This node stops: another one goes on.
      if (goesOn) await write((tx) => postpone(tx, clock.now()))
    },
    async giveUp(tx, payload, error) {
      const job = payload as SendJob
      const faulty = error instanceof Error ? faults.get(error) : undefined
      const message = faulty === undefined ? undefined : await holdOpen(tx, faulty)
      // Of what was begun nobody knows how far it came.
      if (message && message.first_started_at !== null) await end(tx, message, { state: 'unknown', reason: 'unknown' })
      else if (message) await end(tx, message, { state: 'failed', reason: 'internal' })
      const recipient = await findRecipient(tx, job.message)
      const next = (await holdOpen(tx, job.message)) ?? (recipient && (await peek(tx, recipient)))
      if (!recipient || !next || next.held) return
      const runAt = Math.max(next.send_at ?? 0, clock.now() + 1_000)
      await outbox.enqueue(tx, sendJob(next, runAt))
    },
    async endOverdue({ write }) {
      const now = clock.now()
      const late = { before: now - overdueMs, startedBefore: now - longestSendMs, limit: atOnce }
      for (let found = atOnce; found === atOnce; ) {
        found = await write(async (tx) => {
          const messages = await holdOverdue(tx, late)
          for (const message of messages) {
            const mayBeThere = message.first_started_at !== null
            await end(
              tx,
              message,
              mayBeThere ? { state: 'unknown', reason: 'unknown' } : { state: 'failed', reason: 'expired' },
            )
          }
          return messages.length
        })
      }
    },
  }
}
