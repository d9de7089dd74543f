import { DomainError } from '../errors.ts'
import type { Live } from '../live/live.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Store, Tx } from '../store/store.ts'
import {
  deleteEventsBefore,
  deleteEventsOf,
  type EventRow,
  insertEvent,
  listEvents,
  listEventsOf,
  moveEventsOf,
  type Subject,
} from './queries.ts'

/** The append-only domain log. What an app may see carries its `app_id`; the rest is the installation's own. */
export type EventType =
  | 'flow.scanned'
  | 'flow.second_scan'
  | 'flow.registration_required'
  | 'flow.confirmed'
  | 'flow.completed'
  | 'flow.declined'
  | 'flow.expired'
  | 'flow.cancelled'
  | 'flow.failed'
  | 'user.created'
  | 'user.merged'
  | 'user.deleted'
  | 'union.changed'
  | 'user.password_changed'
  | 'binding.created'
  | 'binding.removed'
  | 'binding.conflict'
  | 'binding.move_asked'
  | 'binding.moved'
  | 'binding.move_undone'
  | 'link.forwarded'
  | 'subscription.allowed'
  | 'login.disowned'
  | 'flow.guarded'
  | 'follower.subscribed'
  | 'follower.unsubscribed'
  | 'follower.message'
  | 'follower.menu'
  | 'message.accepted'
  | 'message.delivered'
  | 'message.failed'
  | 'message.unknown'
  | 'message.expired'
  | 'message.suppressed'
  | 'batch.paused'
  | 'batch.finished'
  | 'code.accepted'
  | 'code.delivered'
  | 'code.failed'
  | 'follower.info_modified'
  | 'follower.authorization_revoked'
  | 'follower.cancelled'
  | 'push.unknown'

export interface Event {
  id: string
  type: EventType
  at: string
  data: Record<string, unknown>
}

export interface Events {
  /** Part of the transaction: its number follows the order of commits, and whoever waits for the app's feed is woken by the commit. */
  append(tx: Tx | Batch, appId: string | null, type: EventType, data: Record<string, unknown>): void
  /** The app's feed after an event id, oldest first; `waitMs` holds an empty answer until something happens. */
  list(
    appId: string,
    page: { after: string | undefined; limit: number; waitMs: number; signal: AbortSignal },
  ): Promise<Event[]>
  /** What an app was told of one user of its own, by the id it knows them under. */
  listOf(subject: Subject): Promise<Event[]>
  forgetOf(tx: Tx, subject: Subject): Promise<void>
  /** Two users became one: what was told of the former is exported and forgotten with the other. */
  moveOf(tx: Tx, subject: Subject, to: string): Promise<void>
  /** Deletes what is older than 30 days. */
  forget(job: Job): Promise<void>
}

/** Live name that changes when an app's feed grows. */
function feedName(appId: string): string {
  return `feed:${appId}`
}

const retentionMs = 30 * 24 * 3_600_000
const atOnce = 1_000

export function createEvents(deps: { store: Store; clock: Clock; live: Live }): Events {
  const { store, clock, live } = deps
  async function list(appId: string, after: number, limit: number): Promise<Event[]> {
    const rows = await listEvents(store.db, appId, after, limit)
    return rows.map(present)
  }
  return {
    append(tx, appId, type, data) {
      const subject = typeof data.user_id === 'string' ? data.user_id : null
      store.append(tx, insertEvent, [appId, type, JSON.stringify(data), subject, clock.now()])
      if (appId !== null) live.changed(tx, [feedName(appId)])
    },
    async list(appId, page) {
      const after = sequenceOf(page.after)
      const enough = new AbortController()
      const change = live.next(feedName(appId), page.waitMs, AbortSignal.any([enough.signal, page.signal]))
      const found = await list(appId, after, page.limit)
      if (found.length > 0 || page.waitMs === 0) {
        enough.abort()
        return found
      }
      await change
      if (page.signal.aborted) return []
      return list(appId, after, page.limit)
    },
    listOf: async (subject) => (await listEventsOf(store.db, subject)).map(present),
    forgetOf: deleteEventsOf,
    moveOf: moveEventsOf,
    async forget({ write }) {
      const before = clock.now() - retentionMs
      while ((await write((tx) => deleteEventsBefore(tx, before, atOnce))) === atOnce);
    },
  }
}

function present(row: EventRow): Event {
  return {
    id: `ev_${row.seq}`,
    type: row.type as EventType,
    at: new Date(row.created_at).toISOString(),
    data: JSON.parse(row.data),
  }
}

function sequenceOf(id: string | undefined): number {
  if (id === undefined || id === '') return 0
  const match = /^ev_(\d{1,15})$/.exec(id)
  if (!match)
    throw new DomainError('invalid_value', {
      detail: '`after` is the id of an event, such as ev_42.',
      errors: [{ path: 'after', message: 'not an event id' }],
    })
  return Number(match[1])
}
