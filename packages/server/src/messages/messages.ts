import type { Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { DomainError, sameRequest } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Followers } from '../followers/followers.ts'
import type { Live } from '../live/live.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { GivenUp, Job, Outbox } from '../outbox/outbox.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import { type Batch, isConstraintViolation, type Store, type Tx } from '../store/store.ts'
import type { IncomingMessageRow, MessageRow, SendingPauseRow } from '../store/tables.ts'
import type { Templates } from '../templates/templates.ts'
import type { Keeper, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { type Carrying, createCarrying, type UrgentMessage } from './carrying.ts'
import { contentPlace } from './contents.ts'
import { draft } from './drafting.ts'
import { createEnding, type SentListener } from './ending.ts'
import { createHearing, type HeardMessages } from './hearing.ts'
import { closePush, deleteIncomingBefore, findIncoming, listPushes, takeReply } from './incoming/queries.ts'
import { checkReply } from './input.ts'
import { createMessageKeeper } from './keeping.ts'
import { createPosting, type Posting } from './posting.ts'
import {
  changeMessage,
  deleteMessagesBefore,
  findByIdempotencyKey,
  findMessage,
  findReady,
  forgetAcceptedBefore,
  forgetTextsOf,
  holdMessage,
  holdOpen,
  insertMessage,
} from './queries.ts'
import { createReceipts } from './receipts.ts'
import type { RefusalLog } from './refusals.ts'
import { formerSendKind, sendJob, sendKinds } from './send-job.ts'
import { createSending } from './sending.ts'
import { deleteWindowsBefore } from './windows/queries.ts'

export { heardOf } from './heard.ts'
export type { HeardMessages } from './hearing.ts'
export { checkOwn } from './input.ts'
export type { Wechat } from './reach.ts'
export { may, refused } from './ways.ts'
export type { UrgentMessage }

export interface ReplyInput {
  text: string
  idempotencyKey?: string
}

/** What followers write to the sites, and what the sites answer. */
export interface Messages extends Posting, Carrying {
  /** For a batch of arrivals: what is told, and what is forgotten. */
  hear(batch: Batch): HeardMessages
  /** An answer to what one of the app's users wrote: into the push that is still open, or else by customer-service message. */
  reply(app: App, incomingId: string, input: ReplyInput): Promise<MessageRow>
  get(appId: string, id: string): Promise<MessageRow>
  /**
   * Something of our own that a person should know, where WeChat lets it be said: within a minute of their scan, or two days of what they wrote.
   * Nothing is promised: who does not follow, or whose account may not, hears nothing; of the message that comes back only `onSent` says whether
   * WeChat took it.
   */
  tell(tx: Tx, who: { appid: string; openidIndex: string }, text: string): Promise<{ id: string } | undefined>
  /** Who wants to know that WeChat took one of our own; part of the transaction that writes it down. */
  onSent(listener: SentListener): void
  /**
   * Waits, so long, for a site to answer this push, and takes the answer for it: nobody else will send it. `keep` is part of the transaction
   * that takes it, so that a repeat of the push gets the same; where it says no, nothing is taken. @returns undefined when nobody answered
   */
  await(dedupeKey: string, ms: number, keep: (tx: Tx, text: string) => Promise<boolean>): Promise<string | undefined>
  /** The pushes of the app's incoming messages, by their ids. */
  pushesOf(appId: string, ids: string[]): Promise<Map<string, string>>
  keeper: Keeper
  /** These people were found to follow no more. */
  forgetRecipients(tx: Tx, appid: string, openidIndexes: string[]): Promise<void>
  /** Job: the next message to one follower. */
  send(job: Job): Promise<void>
  /** That job was given up: the message that it failed at ends, and the next one goes on. */
  giveUp: GivenUp
  /** Job: ends what should be over, and no job has ended. */
  endOverdue(job: Job): Promise<void>
  /** What WeChat, or the day's quota, keeps the accounts from sending now. */
  pauses(): Promise<SendingPauseRow[]>
  /** The account sends again, at once. @throws not_found */
  resumeSending(appid: string): Promise<void>
  /** Job: joins what WeChat said of messages with them. */
  join(job: Job): Promise<void>
  /** Takes back what is not sent yet. What an earlier try may have brought to WeChat is not tried again. @throws not_found, message_sent */
  cancel(appId: string, id: string): Promise<MessageRow>
  /** The same as part of a transaction that holds it. */
  takeBack(tx: Tx, message: MessageRow): Promise<void>
  /** Deletes incoming messages a week old, with the pushes they came by, and what became of ours after a month. */
  forget(job: Job): Promise<void>
}

/** After the push was answered without it. */
const graceMs = 500
/** News of ours is stale after that. */
const tellMs = 10 * 60_000
const atOnce = 500
const hourMs = 3_600_000
const weekMs = 7 * 24 * 3_600_000
const monthMs = 30 * 24 * 3_600_000

export function createMessages(deps: {
  store: Store
  vault: Vault
  clock: Clock
  live: Live
  accounts: Accounts
  apps: Apps
  events: Events
  users: Users
  followers: Followers
  outbox: Pick<Outbox, 'enqueue' | 'wake'>
  log: RefusalLog
  templates: Templates
  permissions: Permissions
  quotas: Quotas
  mutes: Pick<Mutes, 'isMuted'>
  /** Fires when the node stops: no push waits any longer. */
  closing: AbortSignal
  publicUrl: () => string
}): Messages {
  const { store, vault, clock, live, accounts, outbox } = deps
  const sentListeners: SentListener[] = []
  const end = createEnding({ ...deps, sentListeners })
  const takeBack = (tx: Tx, message: MessageRow) => end(tx, message, { state: 'failed', reason: 'cancelled' })
  const hashOf = (incomingId: string, text: string) => vault.index('message request', `${incomingId} ${text}`)

  async function replay(app: App, incomingId: string, { text, idempotencyKey }: ReplyInput) {
    if (idempotencyKey === undefined) return undefined
    return sameRequest(await findByIdempotencyKey(store.db, app.id, idempotencyKey), hashOf(incomingId, text))
  }

  function newMessage(incoming: IncomingMessageRow, { text, idempotencyKey }: ReplyInput): MessageRow {
    return draft(vault, text, {
      app_id: incoming.app_id,
      appid: incoming.appid,
      openid_index: incoming.openid_index,
      answers: incoming.id,
      dedupe_key: incoming.dedupe_key,
      idempotency_key: idempotencyKey ?? null,
      request_hash: idempotencyKey === undefined ? null : hashOf(incoming.id, text),
      not_after: incoming.reply_until,
      created_at: clock.now(),
    })
  }

  async function make(app: App, incomingId: string, input: ReplyInput): Promise<MessageRow> {
    return store.write(async (tx) => {
      const incoming = await takeReply(tx, { appId: app.id, id: incomingId, now: clock.now() })
      if (!incoming) throw new DomainError('reply_window_over')
      const { appid } = incoming
      const now = clock.now()
      const isOpen = (incoming.open_until ?? 0) > now
      if (!isOpen && !accounts.find(appid)?.capabilities.customerService) {
        throw new DomainError('account_capability_missing', 'This account may answer only while the push is open.')
      }
      const message = newMessage(incoming, input)
      await insertMessage(tx, message)
      // The push that waits takes it; where it is gone, so is its wait, and the message goes its own way.
      const runAt = isOpen ? (incoming.open_until ?? now) + graceMs : now
      await outbox.enqueue(tx, sendJob(message, runAt))
      live.changed(tx, [pushName(incoming.dedupe_key)])
      return message
    })
  }

  /** Two hands reach for it, the push's and the job's: one of them has it. */
  async function take(
    message: MessageRow,
    keep: (tx: Tx, text: string) => Promise<boolean>,
  ): Promise<string | undefined> {
    const { dedupe_key: dedupeKey, text_sealed: sealed } = message
    if (!sealed || !dedupeKey) return undefined
    const text = vault.open(contentPlace(message), sealed)
    const change = { state: 'sent', sent_as: 'passive', text_sealed: null, finished_at: clock.now() } as const
    const isOurs = await store.write(async (tx) => {
      if (!(await holdMessage(tx, message)) || !(await keep(tx, text))) return false
      await closePush(tx, dedupeKey)
      return changeMessage(tx, message, change)
    })
    return isOurs ? text : undefined
  }

  return {
    ...createPosting(deps),
    ...createCarrying(deps),
    hear: createHearing(deps),
    ...createSending({ ...deps, end }),
    pauses: () => deps.quotas.listPauses(store.db, clock.now()),
    async resumeSending(appid) {
      accounts.get(appid)
      const kinds = [...Object.values(sendKinds), formerSendKind]
      await store.write(async (tx) => outbox.wake(tx, kinds, await deps.quotas.endPauses(tx, appid)))
    },
    join: createReceipts(deps),
    forgetRecipients: forgetTextsOf,
    keeper: createMessageKeeper(deps),
    async reply(app, incomingId, input) {
      checkReply(app, input.text, deps.publicUrl())
      const known = await replay(app, incomingId, input)
      if (known) return known
      if (!(await findIncoming(store.db, app.id, incomingId))) throw new DomainError('not_found')
      try {
        return await make(app, incomingId, input)
      } catch (error) {
        const winner = isConstraintViolation(error) ? await replay(app, incomingId, input) : undefined
        if (winner) return winner
        throw error
      }
    },
    async get(appId, id) {
      const message = await findMessage(store.db, appId, id)
      if (!message) throw new DomainError('not_found')
      return message
    },
    async cancel(appId, id) {
      return store.write(async (tx) => {
        // Held before it is looked at: another node may be sending it.
        const message = await holdOpen(tx, id)
        if (message?.app_id !== appId) {
          throw new DomainError((await findMessage(tx, appId, id)) ? 'message_sent' : 'not_found')
        }
        if (message.state !== 'ready' || message.resent > 0) throw new DomainError('message_sent')
        await takeBack(tx, message)
        return (await findMessage(tx, appId, id)) ?? message
      })
    },
    takeBack,
    async tell(tx, { appid, openidIndex }, text) {
      const follower = await deps.followers.find(tx, appid, openidIndex)
      const hears = follower?.openid_sealed != null && follower.unfollowed_at === null
      if (!hears || !accounts.find(appid)?.capabilities.customerService) return undefined
      const now = clock.now()
      const message = draft(vault, text, {
        app_id: deps.apps.own().id,
        appid,
        openid_index: openidIndex,
        not_after: now + tellMs,
        created_at: now,
      })
      await insertMessage(tx, message)
      await outbox.enqueue(tx, sendJob(message, now))
      return { id: message.id }
    },
    onSent: (listener) => void sentListeners.push(listener),
    async await(dedupeKey, ms, keep) {
      const until = performance.now() + ms
      for (let left = ms; left > 0; left = until - performance.now()) {
        await live.next(pushName(dedupeKey), left, deps.closing)
        const message = await findReady(store.db, dedupeKey)
        const text = message && (await take(message, keep))
        if (text !== undefined || deps.closing.aborted) return text
      }
      return undefined
    },
    async pushesOf(appId, ids) {
      if (ids.length === 0) return new Map()
      return new Map((await listPushes(store.db, appId, ids)).map((row) => [row.id, row.dedupe_key]))
    },
    async forget({ write }) {
      const now = clock.now()
      while ((await write((tx) => deleteIncomingBefore(tx, now - weekMs, atOnce))) === atOnce);
      while ((await write((tx) => deleteMessagesBefore(tx, now - monthMs, atOnce))) === atOnce);
      while ((await write((tx) => forgetAcceptedBefore(tx, now - hourMs, atOnce))) === atOnce);
      await write((tx) => deleteWindowsBefore(tx, now))
      await write((tx) => deps.quotas.forgetBefore(tx, now - weekMs))
    },
  }
}

/** Live name of the answers to a push. */
function pushName(dedupeKey: string): string {
  return `push:${dedupeKey}`
}
