import type { OpenedPush } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import type { Flows } from '../flows/flows.ts'
import type { Followers } from '../followers/followers.ts'
import type { Messages } from '../messages/messages.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Replies } from '../replies/replies.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Store, Tx, Value } from '../store/store.ts'
import type { Keeper, Users, WechatIndex } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { authorizationKinds, revokingKinds } from './authorizations.ts'
import { createHandling, type Desk, type Stored } from './handling.ts'
import { createPreparing, type Item } from './items.ts'
import { createKeeper, quarantinePlace } from './keeping.ts'
import {
  type Answered,
  answeredPushes,
  deletePushesBefore,
  deleteQuarantineBefore,
  forgetDocuments,
  forgetDocumentsOf,
  forgetQuarantined,
  insertPush,
  insertQuarantine,
  setReply,
} from './queries.ts'
import { createQueue } from './queue.ts'
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

/** As far as it can be told from a document that cannot be read. */
const seemsFrom = /<(?:FromUserName|OpenID)>\s*(?:<!\[CDATA\[)?\s*([\w-]{1,64})/
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
  messages: Messages
  permissions: Permissions
  mutes: Mutes
  replies: Replies
}): Inbox {
  const { store, vault, clock, followers, flows, messages } = deps
  const prepare = createPreparing(deps)
  const handle = createHandling(deps)
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
      // Whose push it was need not be known where nothing of theirs is kept.
      openidIndex: keep ? openidIndex : '',
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
    const allowed = deps.permissions.hear(batch)
    const mutes = deps.mutes.hear(batch)
    return {
      batch,
      answered: new Map(answered.map((row) => [row.dedupe_key, row.reply_sealed])),
      followers: gathered,
      flows: scanned,
      messages: heard,
      permissions: allowed,
      mutes,
      pushes,
      forget(appid, openidIndex) {
        forgotten.set(`${appid} ${openidIndex}`, [appid, openidIndex])
        heard.forget([appid, openidIndex])
        allowed.forget([appid, openidIndex])
        for (const push of pushes) {
          if (push.appid !== appid || push.openidIndex !== openidIndex || !push.document) continue
          push.document = null
          push.reply = null
          push.openidIndex = ''
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
        allowed.put()
        mutes.put()
        const gone = [...forgotten.values()].toSorted()
        batch.put(forgetDocuments, gone, 'any')
        batch.put(forgetQuarantined, gone, 'any')
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
      const sealed = vault.seal(quarantinePlace(account.appid), document)
      const sender = seemsFrom.exec(document)?.[1]
      await store.write((tx) =>
        insertQuarantine(tx, {
          appid: account.appid,
          reason,
          document_sealed: sealed,
          received_at: receivedAt,
          openid_index: sender ? deps.users.wechatIndex(account.appid, sender) : null,
        }),
      )
    },
    async forgetWriters(tx, appid, openidIndexes) {
      await messages.forgetRecipients(tx, appid, openidIndexes)
      await deps.permissions.forgetOf(tx, appid, openidIndexes)
      await forgetDocumentsOf(tx, appid, openidIndexes)
    },
    keeper: createKeeper(deps),
    async forget({ write }) {
      const now = clock.now()
      while ((await write((tx) => deletePushesBefore(tx, now - weekMs, atOnce))) === atOnce);
      while ((await write((tx) => deleteQuarantineBefore(tx, now - monthMs, atOnce))) === atOnce);
    },
  }
}
