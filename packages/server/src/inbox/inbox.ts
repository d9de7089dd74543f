import { hash } from 'node:crypto'
import type { OpenedPush } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Flows } from '../flows/flows.ts'
import type { Followers } from '../followers/followers.ts'
import { createLimiter } from '../limiter.ts'
import type { Live } from '../live/live.ts'
import type { Replies } from '../replies/replies.ts'
import type { Clock } from '../store/clock.ts'
import { type Statements, type Store, StoreUnavailable } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import {
  deletePushesBefore,
  deleteQuarantineBefore,
  findAnswerInBatch,
  forgetDocumentsInBatch,
  insertPushInBatch,
  insertQuarantine,
} from './queries.ts'

/** What a verified push is answered with: a text, or the bare acknowledgement. */
export interface Answer {
  text: string | undefined
  /** Whether this push had been handled before; it then gets the answer it got then. */
  repeated: boolean
}

/** Everything WeChat pushes arrives at least once and is handled once. */
export interface Inbox {
  /** Resolves after the commit of the batch that holds the push and its effects. @throws StoreUnavailable when that cannot be done in time */
  receive(account: Account, opened: OpenedPush): Promise<Answer>
  /** Keeps, sealed, a push whose signature was right but which could not be read, for its owner to look at. */
  quarantine(account: Account, reason: string, document: string): Promise<void>
  /** Deletes pushes a week old: far longer than any repeat or replay can reach. */
  forget(): Promise<void>
}

interface Waiting {
  account: Account
  opened: OpenedPush
  resolve(answer: Answer): void
  reject(error: unknown): void
  /** `performance.now()` by which an answer must have left. */
  due: number
}

/** WeChat waits five seconds; what cannot be durable by then is answered 503 while it still listens. */
const patienceMs = 4_300

/** Arrivals wait here while a batch is being written; beyond this many they are told to come again. */
const mostWaiting = 20_000
const mostInBatch = 512
const repliesMs = 10_000
const atOnce = 1_000
const weekMs = 7 * 24 * 3_600_000
const monthMs = 30 * 24 * 3_600_000

export function createInbox(deps: {
  store: Store
  vault: Vault
  clock: Clock
  live: Live
  events: Events
  users: Users
  followers: Followers
  flows: Flows
  replies: Replies
}): Inbox {
  const { store, vault, clock, live, events, users, followers, flows, replies } = deps
  const waiting: Waiting[] = []
  let writing = false
  /** A person who scans in a frenzy gets one answer in ten seconds after the first ten in a minute; the effects happen all the same. */
  const talkative = createLimiter({ clock, limit: 10, windowMs: 60_000 })
  const replied = createLimiter({ clock, limit: 1, windowMs: repliesMs })

  /** The effects of one push, and the text it is answered with. */
  function handle(
    tx: Statements,
    account: Account,
    opened: OpenedPush,
    openidIndex: string,
    changed: Set<string>,
  ): string | undefined {
    const { push } = opened
    if (push.kind === 'unknown') {
      events.appendInBatch(tx, null, 'push.unknown', { account: account.appid, msg_type: push.msgType })
    }
    if (push.openid === undefined) return undefined
    const arrival = { account, openid: push.openid, openidIndex, createTime: push.createTime }
    if (push.kind === 'unsubscribe') {
      const left = followers.unfollows(tx, arrival)
      for (const name of left.changed) changed.add(name)
      if (left.newest) {
        const leftAt = push.createTime * 1_000 - account.platformClock.offset()
        for (const name of flows.cancelOfScanner(tx, openidIndex, leftAt)) changed.add(name)
        forgetDocumentsInBatch(tx, account.appid, openidIndex)
      }
      return undefined
    }
    if (push.kind !== 'subscribe' && push.kind !== 'scan') {
      if (push.msgType !== 'event') followers.follows(tx, arrival, 'seen')
      return undefined
    }
    const follower = followers.follows(tx, arrival, push.kind === 'subscribe' ? 'subscribe' : 'seen')
    for (const name of follower.changed) changed.add(name)
    const greeting = push.kind === 'subscribe' ? replies.welcome(account) : undefined
    if (push.scene === undefined) return greeting
    if (!follower.newest) return undefined
    const { scene, ticket } = push
    const scan = flows.scan(tx, { account, scene, ticket, openidIndex })
    for (const name of scan.changed) changed.add(name)
    const ours = scan.outcome !== 'foreign' && (scan.outcome !== 'unknown' || push.kind === 'scan')
    const text = ours ? replies.toScan(scan) : greeting
    const frenzied = talkative.take(openidIndex) > 0 && replied.take(openidIndex) > 0
    return frenzied ? undefined : text
  }

  function record(tx: Statements, { account, opened }: Waiting, changed: Set<string>): Answer {
    const { push } = opened
    const dedupeKey = deliveryKey(account.appid, opened)
    const known = findAnswerInBatch(tx, dedupeKey)
    const place = `inbox.reply.${dedupeKey}`
    if (known !== undefined) return { text: known ? vault.open(place, known) : undefined, repeated: true }
    const openidIndex = push.openid === undefined ? '' : users.wechatIndex(account.appid, push.openid)
    const text = handle(tx, account, opened, openidIndex, changed)
    const keep = push.kind === 'unknown' || push.msgType !== 'event'
    insertPushInBatch(tx, {
      appid: account.appid,
      dedupeKey,
      kind: push.kind,
      openidIndex,
      createdAt: push.createTime * 1000,
      receivedAt: clock.now(),
      documentSealed: keep ? vault.seal(`inbox.document.${dedupeKey}`, opened.xml) : null,
      replySealed: text === undefined ? null : vault.seal(place, text),
    })
    return { text, repeated: false }
  }

  /** One transaction for the batch; nobody is answered before it is durable. */
  async function write(batch: Waiting[]): Promise<void> {
    const changed = new Set<string>()
    try {
      const due = Math.min(...batch.map((item) => item.due))
      const answers = await store.batch((tx) => batch.map((item) => record(tx, item, changed)), due - performance.now())
      live.changed(changed)
      batch.forEach((item, position) => {
        const answer = answers[position]
        if (answer) item.resolve(answer)
      })
    } catch (error) {
      // One push that trips over a bug must not take its neighbours with it: each is tried alone.
      if (batch.length > 1 && !(error instanceof StoreUnavailable)) for (const item of batch) await write([item])
      else for (const item of batch) item.reject(error)
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) await write(waiting.splice(0, mostInBatch))
    writing = false
  }

  return {
    receive(account, opened) {
      if (waiting.length >= mostWaiting) return Promise.reject(new StoreUnavailable('too many pushes are waiting'))
      return new Promise((resolve, reject) => {
        waiting.push({ account, opened, resolve, reject, due: performance.now() + patienceMs })
        if (writing) return
        writing = true
        // What else arrived in this turn of the event loop joins the same transaction.
        setImmediate(() => void drain())
      })
    },
    async quarantine(account, reason, document) {
      const receivedAt = clock.now()
      const sealed = vault.seal(`quarantine.document.${account.appid}`, document)
      await store.write((tx) =>
        insertQuarantine(tx, { appid: account.appid, reason, document_sealed: sealed, received_at: receivedAt }),
      )
    },
    async forget() {
      const now = clock.now()
      while ((await store.write((tx) => deletePushesBefore(tx, now - weekMs, atOnce))) === atOnce);
      await store.write((tx) => deleteQuarantineBefore(tx, now - monthMs))
    },
  }
}

/**
 * The push within the whole installation: its second, then 96 bits of who and what. Short, and in order of time, because every arrival looks it
 * up and adds it: the index then grows at its end, on a page that is in memory already.
 */
function deliveryKey(appid: string, { push, dedupeKey }: OpenedPush): string {
  return push.createTime.toString(36) + hash('sha256', `${appid}|${dedupeKey}`, 'base64url').slice(0, 16)
}
