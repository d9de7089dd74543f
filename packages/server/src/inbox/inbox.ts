import { hash } from 'node:crypto'
import type { OpenedPush } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Flows, ScanInput, ScannedFlows } from '../flows/flows.ts'
import type { Arrival, Followers, GatheredFollowers } from '../followers/followers.ts'
import { createLimiter } from '../limiter.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Replies } from '../replies/replies.ts'
import type { Clock } from '../store/clock.ts'
import { type Batch, Contended, type Store, StoreUnavailable, type Tx, type Value } from '../store/store.ts'
import type { Keeper, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import {
  type Answered,
  answeredPushes,
  deletePushesBefore,
  deleteQuarantineBefore,
  forgetDocuments,
  forgetDocumentsOf,
  forgetWritersOf,
  insertPush,
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
  /** These people were found to follow no more: what they wrote is forgotten. */
  forgetWriters(tx: Tx, appid: string, openidIndexes: string[]): Promise<void>
  keeper: Keeper
  /** Deletes pushes a week old: far longer than any repeat or replay can reach. */
  forget(job: Job): Promise<void>
}

interface Waiting {
  account: Account
  opened: OpenedPush
  resolve(answer: Answer): void
  reject(error: unknown): void
  /** `performance.now()` by which an answer must have left. */
  due: number
}

interface Item extends Waiting {
  dedupeKey: string
  openidIndex: string
  arrival: Arrival | undefined
  scan: ScanInput | undefined
  /** Asked once of the limiters, however often the batch is decided anew. */
  isFrenzied: () => boolean
}

/** A row of the inbox, its columns in the order of the table. */
type Stored = {
  appid: string
  dedupeKey: string
  kind: string
  openidIndex: string
  createdAt: number
  receivedAt: number
  document: Uint8Array | null
  reply: Uint8Array | null
}

/** What a batch works on: everything it read, and everything it is going to write. */
interface Desk {
  batch: Batch
  answered: Map<string, Uint8Array | null>
  followers: GatheredFollowers
  flows: ScannedFlows
  pushes: Stored[]
  /** What this person wrote is forgotten. */
  forget(appid: string, openidIndex: string): void
  put(): void
}

/** WeChat waits five seconds; what cannot be durable by then is answered 503 while it still listens. */
const patienceMs = 4_300

/** Arrivals wait here while a batch is being written; beyond this many they are told to come again. */
const mostWaiting = 20_000
const mostInBatch = 512
const partsOfBatch = 8
const repliesMs = 10_000
const atOnce = 500
const weekMs = 7 * 24 * 3_600_000
const monthMs = 30 * 24 * 3_600_000

export function createInbox(deps: {
  store: Store
  vault: Vault
  clock: Clock
  events: Events
  users: Users
  followers: Followers
  flows: Flows
  replies: Replies
}): Inbox {
  const { store, vault, clock, events, users, followers, flows, replies } = deps
  const waiting: Waiting[] = []
  let writing = false
  /** A person who scans in a frenzy gets one answer in ten seconds after the first ten in a minute; the effects happen all the same. */
  const talkative = createLimiter({ clock, limit: 10, windowMs: 60_000 })
  const replied = createLimiter({ clock, limit: 1, windowMs: repliesMs })

  /** One push on its way through the batch. */
  function prepare(waiting: Waiting): Item {
    const { account, opened } = waiting
    const { push } = opened
    const openidIndex = push.openid === undefined ? '' : users.wechatIndex(account.appid, push.openid)
    const arrival =
      push.openid === undefined ? undefined : { account, openid: push.openid, openidIndex, createTime: push.createTime }
    const isScan = (push.kind === 'subscribe' || push.kind === 'scan') && push.scene !== undefined
    const scan = isScan ? { account, scene: push.scene ?? '', ticket: push.ticket, openidIndex } : undefined
    let frenzied: boolean | undefined
    return {
      ...waiting,
      dedupeKey: deliveryKey(account.appid, opened),
      openidIndex,
      arrival,
      scan,
      isFrenzied() {
        frenzied ??= talkative.take(openidIndex) > 0 && replied.take(openidIndex) > 0
        return frenzied
      },
    }
  }

  /** The effects of one push, and the text it is answered with. */
  function handle(desk: Desk, { account, opened, openidIndex, arrival, scan, isFrenzied }: Item): string | undefined {
    const { push } = opened
    if (push.kind === 'unknown') {
      events.append(desk.batch, null, 'push.unknown', { account: account.appid, msg_type: push.msgType })
    }
    if (!arrival) return undefined
    if (push.kind === 'unsubscribe') {
      if (!desk.followers.unfollows(arrival)) return undefined
      desk.flows.cancelOfScanner(openidIndex, push.createTime * 1_000 - account.platformClock.offset())
      desk.forget(account.appid, openidIndex)
      return undefined
    }
    if (push.kind !== 'subscribe' && push.kind !== 'scan') {
      if (push.msgType !== 'event') desk.followers.follows(arrival, 'seen')
      return undefined
    }
    const newest = desk.followers.follows(arrival, push.kind === 'subscribe' ? 'subscribe' : 'seen')
    const greeting = push.kind === 'subscribe' ? replies.welcome(account) : undefined
    if (!scan) return greeting
    if (!newest) return undefined
    const scanned = desk.flows.scan(scan)
    const ours = scanned.outcome !== 'foreign' && (scanned.outcome !== 'unknown' || push.kind === 'scan')
    const text = ours ? replies.toScan(scanned) : greeting
    return isFrenzied() ? undefined : text
  }

  function record(desk: Desk, item: Item): Answer {
    const { account, opened, dedupeKey, openidIndex, arrival } = item
    const known = desk.answered.get(dedupeKey)
    const place = `inbox.reply.${dedupeKey}`
    if (known !== undefined) return { text: known ? vault.open(place, known) : undefined, repeated: true }
    const { push } = opened
    const text = handle(desk, item)
    const isWritten = push.kind === 'unknown' || push.msgType !== 'event'
    // What somebody wrote before they left may come after the news that they did.
    const keep = isWritten && !(arrival && desk.followers.hasLeft(arrival))
    const reply = text === undefined ? null : vault.seal(place, text)
    desk.answered.set(dedupeKey, reply)
    desk.pushes.push({
      appid: account.appid,
      dedupeKey,
      kind: push.kind,
      openidIndex,
      createdAt: push.createTime * 1000,
      receivedAt: clock.now(),
      document: keep ? vault.seal(`inbox.document.${dedupeKey}`, opened.xml) : null,
      reply,
    })
    return { text, repeated: false }
  }

  /** Reads all that the pushes may need, in as many statements for one as for five hundred. */
  async function gather(batch: Batch, items: Item[]): Promise<Desk> {
    const of = (kinds: string[]) => items.filter((item) => kinds.includes(item.opened.push.kind))
    const people = (some: Item[]) => some.flatMap((item) => item.arrival ?? [])
    const [answered, gathered, scanned] = await Promise.all([
      batch.find<Answered>(
        answeredPushes,
        [...new Set(items.map((item) => item.dedupeKey))].map((key) => [key]),
      ),
      followers.gather(batch, { people: people(items), comingOrGoing: people(of(['subscribe', 'unsubscribe'])) }),
      flows.gather(batch, {
        scans: items.flatMap((item) => item.scan ?? []),
        leavers: of(['unsubscribe']).map((item) => item.openidIndex),
      }),
    ])
    const pushes: Stored[] = []
    const forgotten = new Map<string, Value[]>()
    return {
      batch,
      answered: new Map(answered.map((row) => [row.dedupe_key, row.reply_sealed])),
      followers: gathered,
      flows: scanned,
      pushes,
      forget(appid, openidIndex) {
        forgotten.set(`${appid} ${openidIndex}`, [appid, openidIndex])
        for (const push of pushes) if (push.appid === appid && push.openidIndex === openidIndex) push.document = null
      },
      put() {
        // Everywhere in order of keys, so that two nodes with the same pushes wait for each other and never in a circle.
        const rows = pushes
          .toSorted((a, b) => (a.dedupeKey < b.dedupeKey ? -1 : 1))
          .map((push) => Object.values(push) satisfies Value[])
        gathered.guard()
        batch.put(insertPush, rows, 'each')
        batch.put(forgetDocuments, [...forgotten.values()].toSorted(), 'any')
        gathered.put()
        scanned.put()
      },
    }
  }

  /** One transaction for the batch; nobody is answered before it is durable. */
  async function write(items: Item[]): Promise<void> {
    try {
      const due = Math.min(...items.map((item) => item.due))
      const answers = await store.batch(async (batch) => {
        const desk = await gather(batch, items)
        const given = items.map((item) => record(desk, item))
        desk.put()
        return given
      }, due - performance.now())
      items.forEach((item, position) => {
        const answer = answers[position]
        if (answer) item.resolve(answer)
      })
    } catch (error) {
      const isDown = error instanceof StoreUnavailable && !(error instanceof Contended)
      if (items.length === 1 || isDown) for (const item of items) item.reject(error)
      // One push that trips over a bug, or needs a row that is held, must not take its neighbours with it.
      else for (const part of parts(items)) await write(part)
    }
  }

  /** Few of many, then each alone: every part with the stuck one in it waits once more for its lock. */
  function parts(items: Item[]): Item[][] {
    const size = Math.ceil(items.length / partsOfBatch)
    return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
      items.slice(part * size, (part + 1) * size),
    )
  }

  /** Those who have no time left are told so, and do not hurry the rest. */
  function timely(batch: Waiting[]): Waiting[] {
    const now = performance.now()
    for (const item of batch) {
      if (item.due <= now) item.reject(new StoreUnavailable('the database was busy for too long'))
    }
    return batch.filter((item) => item.due > now)
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = timely(waiting.splice(0, mostInBatch))
      if (batch.length > 0) await write(batch.map(prepare))
    }
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
    forgetWriters: forgetDocumentsOf,
    keeper: {
      name: 'messages',
      async forget(tx, { wechats }, appId) {
        if (appId === undefined) for (const [appid, index] of wechats) await forgetWritersOf(tx, appid, [index])
      },
    },
    async forget({ write }) {
      const now = clock.now()
      while ((await write((tx) => deletePushesBefore(tx, now - weekMs, atOnce))) === atOnce);
      while ((await write((tx) => deleteQuarantineBefore(tx, now - monthMs, atOnce))) === atOnce);
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
