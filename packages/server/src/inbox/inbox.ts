import { hash } from 'node:crypto'
import type { OpenedPush } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import { readTyped } from '../chat/chat.ts'
import type { Events } from '../events/events.ts'
import type { ChatInput, Flows, ScanInput, ScannedFlows } from '../flows/flows.ts'
import type { Arrival, Followers, GatheredFollowers } from '../followers/followers.ts'
import { createLimiter } from '../limiter.ts'
import { type HeardMessages, heardOf, type Messages } from '../messages/messages.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Replies } from '../replies/replies.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Store, Tx, Value } from '../store/store.ts'
import type { Keeper, Users, WechatIndex } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { authorizationKinds, carryOutAuthorization, isAuthorization, revokingKinds } from './authorizations.ts'
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
  setReply,
} from './queries.ts'
import { createQueue, type Waiting } from './queue.ts'
import { documentPlace } from './words.ts'

/** What a verified push is answered with: a text, or the bare acknowledgement. */
export interface Answer {
  text: string | undefined
  /** Whether this push had been handled before; it then gets the answer it got then. */
  repeated: boolean
}

/** An answer that a site may still give, so long (ms). */
interface Decided extends Answer {
  dedupeKey: string
  openMs: number
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

interface Item extends Waiting {
  account: Account
  opened: OpenedPush
  dedupeKey: string
  openidIndex: string
  arrival: Arrival | undefined
  scan: ScanInput | undefined
  heard: ReturnType<typeof heardOf>
  chat: ChatInput | undefined
  /** Asked once of the limiters, however often the batch is decided anew. */
  isFrenzied: () => boolean
}

/** What a push came to. */
interface Effects {
  text?: string | undefined
  openMs?: number
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
  messages: HeardMessages
  pushes: Stored[]
  /** What this person wrote is forgotten. */
  forget(appid: string, openidIndex: string): void
  put(): void
}

/** A site may answer until then, counted from the arrival of the push. */
const siteMs = 4_000
/** WeChat waits five seconds; what cannot be durable by then is answered 503 while it still listens. */
const patienceMs = 4_300

const repliesMs = 10_000
const atOnce = 500
/** A menu's click that asks how to hand in the code of a page. */
const codeMenuKey = 'hufu_code'
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
  messages: Messages
  replies: Replies
}): Inbox {
  const { store, vault, clock, events, users, followers, flows, messages, replies } = deps
  /** A person who scans in a frenzy gets one answer in ten seconds after the first ten in a minute; the effects happen all the same. */
  const talkative = createLimiter({ clock, limit: 10, windowMs: 60_000 })
  const replied = createLimiter({ clock, limit: 1, windowMs: repliesMs })
  /** The same for what they write and tap: a scan is answered however much somebody has written. */
  const chatty = createLimiter({ clock, limit: 10, windowMs: 60_000 })
  const answered = createLimiter({ clock, limit: 1, windowMs: repliesMs })

  /** One push on its way through the batch. */
  function prepare(account: Account, opened: OpenedPush): Item {
    const { push } = opened
    const openidIndex = push.openid === undefined ? '' : users.wechatIndex(account.appid, push.openid)
    const arrival =
      push.openid === undefined ? undefined : { account, openid: push.openid, openidIndex, createTime: push.createTime }
    const isScan = (push.kind === 'subscribe' || push.kind === 'scan') && push.scene !== undefined
    const scan = isScan ? { account, scene: push.scene ?? '', ticket: push.ticket, openidIndex } : undefined
    const [first, then] = isScan ? [talkative, replied] : [chatty, answered]
    const typed = push.kind === 'text' ? readTyped(push.content) : undefined
    let frenzied: boolean | undefined
    return {
      account,
      opened,
      due: performance.now() + patienceMs,
      dedupeKey: deliveryKey(account.appid, opened),
      openidIndex,
      arrival,
      scan,
      heard: heardOf(push),
      chat: typed && { account, openidIndex, typed },
      isFrenzied() {
        frenzied ??= first.take(openidIndex) > 0 && then.take(openidIndex) > 0
        return frenzied
      },
    }
  }

  /** What a follower wrote or tapped: the account's own rules answer at once, and the sites that know the person hear of it. */
  function hear(desk: Desk, item: Item, arrival: Arrival): Effects {
    const { account, opened, openidIndex, dedupeKey, heard, chat } = item
    if (!heard || !desk.followers.follows(arrival, 'seen')) return {}
    const { push } = opened
    if (push.kind === 'click' && push.eventKey === codeMenuKey) {
      return item.isFrenzied() ? {} : { text: replies.codePrompt() }
    }
    const said = chat && desk.flows.hear(chat)
    // What was typed for a page's flow is no word to the account or to a site.
    if (said && said.outcome !== 'foreign') return item.isFrenzied() ? {} : { text: replies.toScan(said) }
    const rule = heard.what === 'menu' ? { key: heard.key } : { words: heard.words }
    const text = replies.toHeard({ batch: desk.batch, account, openidIndex }, rule, item.isFrenzied)
    const openMs = desk.messages.tell({
      push,
      heard,
      appid: account.appid,
      openidIndex,
      dedupeKey,
      knownTo: desk.followers.knownTo(arrival),
      answered: text !== undefined,
      patienceMs: item.due - performance.now() - (patienceMs - siteMs),
    })
    return { text, openMs }
  }

  /** The effects of one push, and the text it is answered with. */
  function handle(desk: Desk, item: Item): Effects {
    const { account, opened, openidIndex, arrival, scan, isFrenzied } = item
    const { push } = opened
    if (push.kind === 'unknown') {
      events.append(desk.batch, null, 'push.unknown', { account: account.appid, msg_type: push.msgType })
    }
    if (!arrival) return {}
    if (push.kind === 'unsubscribe') {
      if (!desk.followers.unfollows(arrival)) return {}
      const leftAt = push.createTime * 1_000 - account.platformClock.offset()
      desk.flows.cancelOfScanner(openidIndex, leftAt, 'not_following')
      desk.forget(account.appid, openidIndex)
      return {}
    }
    if (isAuthorization(push)) {
      carryOutAuthorization(desk, push, arrival)
      return {}
    }
    if (push.kind !== 'subscribe' && push.kind !== 'scan') return hear(desk, item, arrival)
    const newest = desk.followers.follows(arrival, push.kind === 'subscribe' ? 'subscribe' : 'seen')
    const greet = () =>
      push.kind === 'subscribe' ? replies.welcome({ batch: desk.batch, account, openidIndex }) : undefined
    if (!scan) return { text: greet() }
    if (!newest) return {}
    const scanned = desk.flows.scan(scan)
    const ours = scanned.outcome !== 'foreign' && (scanned.outcome !== 'unknown' || push.kind === 'scan')
    if (isFrenzied()) return {}
    return { text: ours ? replies.toScan(scanned) : greet() }
  }

  function record(desk: Desk, item: Item): Decided {
    const { account, opened, dedupeKey, openidIndex, arrival } = item
    const known = desk.answered.get(dedupeKey)
    const place = `inbox.reply.${dedupeKey}`
    if (known !== undefined) {
      const { kind } = opened.push
      if (arrival && (kind === 'subscribe' || kind === 'unsubscribe')) desk.followers.repeats(arrival, kind)
      return { text: known ? vault.open(place, known) : undefined, repeated: true, dedupeKey, openMs: 0 }
    }
    const { push } = opened
    const { text, openMs = 0 } = handle(desk, item)
    // A tap is kept like a word: what it was answered is then forgotten with it.
    const isWritten = push.kind === 'unknown' || item.heard !== undefined || push.msgType !== 'event'
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
      document: keep ? vault.seal(documentPlace(dedupeKey), opened.xml) : null,
      reply,
    })
    return { text, repeated: false, dedupeKey, openMs }
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
      followers.gather(batch, {
        people: people(items),
        told: people([
          ...of(['subscribe', 'unsubscribe', ...authorizationKinds]),
          ...items.filter(({ heard }) => heard),
        ]),
      }),
      flows.gather(batch, {
        scans: items.flatMap((item) => item.scan ?? []),
        chats: items.flatMap((item) => item.chat ?? []),
        leavers: of(['unsubscribe', ...revokingKinds]).map((item) => item.openidIndex),
      }),
    ])
    const pushes: Stored[] = []
    const forgotten = new Map<string, WechatIndex>()
    const heard = messages.hear(batch)
    return {
      batch,
      answered: new Map(answered.map((row) => [row.dedupe_key, row.reply_sealed])),
      followers: gathered,
      flows: scanned,
      messages: heard,
      pushes,
      forget(appid, openidIndex) {
        forgotten.set(`${appid} ${openidIndex}`, [appid, openidIndex])
        heard.forget([appid, openidIndex])
        for (const push of pushes) {
          if (push.appid !== appid || push.openidIndex !== openidIndex || !push.document) continue
          push.document = null
          push.reply = null
        }
      },
      put() {
        // Everywhere in order of keys, so that two nodes with the same pushes wait for each other and never in a circle.
        const rows = pushes
          .toSorted((a, b) => (a.dedupeKey < b.dedupeKey ? -1 : 1))
          .map((push) => Object.values(push) satisfies Value[])
        gathered.guard()
        batch.put(insertPush, rows, 'each')
        heard.put()
        batch.put(forgetDocuments, [...forgotten.values()].toSorted(), 'any')
        gathered.put()
        scanned.put()
      },
    }
  }

  const queue = createQueue<Item, Decided>((items, patience) =>
    store.batch(async (batch) => {
      const desk = await gather(batch, items)
      const decided = items.map((item) => record(desk, item))
      desk.put()
      return decided
    }, patience),
  )

  /** Durable and told to the sites; one of them may answer in the push itself. */
  async function awaitSite({ repeated, dedupeKey, openMs }: Decided): Promise<Answer> {
    const keep = (tx: Tx, text: string) => setReply(tx, dedupeKey, vault.seal(`inbox.reply.${dedupeKey}`, text))
    return { text: await messages.await(dedupeKey, openMs, keep), repeated }
  }

  return {
    async receive(account, opened) {
      const decided = await queue.add(prepare(account, opened))
      return decided.openMs > 0 ? awaitSite(decided) : decided
    },
    async quarantine(account, reason, document) {
      const receivedAt = clock.now()
      const sealed = vault.seal(`quarantine.document.${account.appid}`, document)
      await store.write((tx) =>
        insertQuarantine(tx, { appid: account.appid, reason, document_sealed: sealed, received_at: receivedAt }),
      )
    },
    async forgetWriters(tx, appid, openidIndexes) {
      await messages.forgetRecipients(tx, appid, openidIndexes)
      await forgetDocumentsOf(tx, appid, openidIndexes)
    },
    keeper: {
      name: 'inbox',
      async forget(tx, { wechats }, appId) {
        if (appId !== undefined) return
        for (const [appid, index] of wechats) {
          await forgetWritersOf(tx, appid, [index])
        }
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
