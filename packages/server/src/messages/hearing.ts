import type { Push } from '@hufu/wechat'
import type { Apps } from '../apps/apps.ts'
import type { Events } from '../events/events.ts'
import { newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Value } from '../store/store.ts'
import type { IncomingMessageRow } from '../store/tables.ts'
import type { KnownTo, WechatIndex } from '../users/users.ts'
import { type Heard, replyWindows, triggerOf } from './heard.ts'
import { insertIncoming } from './incoming/queries.ts'
import { forgetTexts, insertReceipt } from './queries.ts'
import { receiptsOf } from './receipts.ts'
import { openWindows } from './windows/windows.ts'

/** What was heard, of whom, and who may know. */
export interface Hearing {
  push: Push
  heard: Heard
  appid: string
  openidIndex: string
  dedupeKey: string
  /** The apps whose user this is. */
  knownTo: KnownTo[]
  /** Whether the account has answered by itself. */
  answered: boolean
  /** How long the push could wait for the answer of a site. */
  patienceMs: number
}

/** What a batch of arrivals told the sites. */
export interface HeardMessages {
  /** Tells the apps. @returns for how long (ms) the push is to wait for the answer of one of them */
  tell(hearing: Hearing): number
  /** What this person did may let the account write to them for a while. */
  open(appid: string, openidIndex: string, push: Push): void
  /** What WeChat says became of messages; it is joined with them later. */
  receive(appid: string, openidIndex: string, push: Push): void
  /** This follower left: what was still to be said to them is forgotten. */
  forget(wechat: WechatIndex): void
  put(): void
}

export function createHearing(deps: { clock: Clock; apps: Apps; events: Events }) {
  const { clock, apps, events } = deps

  return function begin(batch: Batch): HeardMessages {
    const rows: IncomingMessageRow[] = []
    const forgotten = new Map<string, WechatIndex>()
    const receipts: Value[][] = []
    const windows = openWindows(batch, clock)

    function tellApp(hearing: Hearing, app: KnownTo): number {
      const { push, heard, appid, openidIndex, dedupeKey, answered } = hearing
      const trigger = triggerOf(push)
      const window = trigger && replyWindows[trigger]
      const seconds = apps.find(app.app_id)?.replyWithin ?? 0
      const openMs = answered || !window ? 0 : Math.max(0, Math.floor(Math.min(seconds * 1_000, hearing.patienceMs)))
      const now = clock.now()
      const id = window && newId('im')
      if (id) {
        rows.push({
          id,
          app_id: app.app_id,
          appid,
          openid_index: openidIndex,
          dedupe_key: dedupeKey,
          received_at: now,
          open_until: openMs > 0 ? now + openMs : null,
          reply_until: now + window.ms,
          replies_left: window.replies,
        })
      }
      // Never what somebody wrote: that stands in the inbox alone, so that it is gone when they leave.
      const about = heard.what === 'menu' ? { action: push.kind, key: heard.key } : { message_type: push.kind }
      events.append(batch, app.app_id, heard.what === 'menu' ? 'follower.menu' : 'follower.message', {
        user_id: app.public_id,
        account: appid,
        ...(id && { message_id: id }),
        ...about,
        answered,
      })
      return openMs
    }

    return {
      tell: (hearing) => Math.max(0, ...hearing.knownTo.map((app) => tellApp(hearing, app))),
      open: windows.open,
      receive(appid, openidIndex, push) {
        for (const { template_id, msgid, outcome } of receiptsOf(push))
          receipts.push([appid, openidIndex, template_id, msgid, outcome, clock.now()])
      },
      forget(wechat) {
        forgotten.set(wechat.join(' '), wechat)
        windows.forget(wechat)
      },
      put() {
        const inOrder = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
        batch.put(insertIncoming, inOrder.map(valuesOf), 'each')
        batch.put(insertReceipt, receipts, 'each')
        const gone = [...forgotten.values()].toSorted()
        batch.put(forgetTexts, gone, 'any')
        windows.put(gone)
      },
    }
  }
}

function valuesOf(row: IncomingMessageRow): Value[] {
  const { id, app_id, appid, openid_index, dedupe_key, received_at, open_until, reply_until, replies_left } = row
  return [id, app_id, appid, openid_index, dedupe_key, received_at, open_until, reply_until, replies_left]
}
