import type { Credentials } from '../credentials/credentials.ts'
import { DomainError } from '../errors.ts'
import type { Events, EventType } from '../events/events.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Clock } from '../store/clock.ts'
import type { Db, Tx } from '../store/store.ts'
import type { MoveStep, Users } from '../users/users.ts'
import { type ConflictRow, changeConflict } from './queries.ts'
import { mayUndo, type Role, undoMs } from './sights.ts'
import type { Telling } from './telling.ts'

/** What is done about a conflict, with everybody concerned told of it. */
export interface Moves {
  roleOf(db: Db | Tx, row: ConflictRow, openidIndex: string): Promise<Role | undefined>
  /** Whether who was asked, or let go, is who has the place now: what one has allowed is not used against another. */
  isAboutHolder(tx: Tx, row: ConflictRow, userId: string): Promise<boolean>
  tellApps(tx: Tx, row: ConflictRow, type: EventType, userIds: string[], more?: Record<string, unknown>): Promise<void>
  ask(tx: Tx, row: ConflictRow): Promise<void>
  /** It was moved by these steps. */
  moved(tx: Tx, row: ConflictRow, steps: MoveStep[]): Promise<void>
  /** @throws DomainError `move_final`, with which the transaction is over */
  undo(tx: Tx, row: ConflictRow): Promise<void>
}

export function createMoves(deps: {
  clock: Clock
  events: Events
  users: Users
  sessions: Pick<Sessions, 'endAll'>
  credentials: { passwords: Pick<Credentials['passwords'], 'forgetSince'> }
  say: Telling['say']
  /** Whether the site authenticates its user anew before a bind: there, silence counts. */
  reauthenticates: (row: ConflictRow) => boolean
}): Moves {
  const { clock, events, users, sessions, say } = deps
  const { passwords } = deps.credentials

  /** Whoever was in as one of them may be the other one now. */
  async function endSessions(tx: Tx, userIds: string[]): Promise<void> {
    for (const userId of new Set(userIds)) await sessions.endAll(tx, userId)
  }

  /** Every app that knows one of these users, about the user it knows. */
  async function tellApps(
    tx: Tx,
    row: ConflictRow,
    type: EventType,
    userIds: string[],
    more: Record<string, unknown> = {},
  ): Promise<void> {
    for (const userId of new Set(userIds)) {
      for (const { appId, publicId } of await users.appsOf(tx, userId)) {
        events.append(tx, appId, type, { conflict_id: row.id, user_id: publicId, account: row.appid, ...more })
      }
    }
  }

  /** The WeChat that has the place, of the account that this is about. */
  async function holderOf(db: Db | Tx, row: ConflictRow): Promise<string | null> {
    return row.holder_index ?? presentHolderOf(db, row)
  }

  async function presentHolderOf(db: Db | Tx, row: ConflictRow): Promise<string | null> {
    if (row.reason !== 'user_already_bound') return null
    return (await users.wechatsOf(db, row.user_id)).find(({ appid }) => appid === row.appid)?.index ?? null
  }

  async function isAboutHolder(tx: Tx, row: ConflictRow, userId: string): Promise<boolean> {
    return row.user_id === userId && row.holder_index === (await presentHolderOf(tx, row))
  }

  /** Written down with its way back, and told to everybody concerned. */
  async function moved(tx: Tx, row: ConflictRow, steps: MoveStep[]): Promise<void> {
    const now = clock.now()
    const holder = await holderOf(tx, row)
    const change = { state: 'moved', steps: JSON.stringify(steps), moved_at: now, updated_at: now } as const
    await changeConflict(tx, row.id, { ...change, dedupe: null, holder_index: holder })
    const until = new Date(now + undoMs).toISOString()
    const people = steps.flatMap(({ from, to }) => [from, to])
    await endSessions(tx, people)
    await tellApps(tx, row, 'binding.moved', people, { reason: row.reason, undo_until: until })
    for (const index of [row.wechat_index, holder]) await say(tx, row, index, 'moved')
  }

  async function undo(tx: Tx, row: ConflictRow): Promise<void> {
    const now = clock.now()
    if (!mayUndo(row, now) || row.steps === null) throw new DomainError('move_final')
    const steps: MoveStep[] = JSON.parse(row.steps)
    if (!(await users.undo(tx, steps)))
      throw new DomainError('move_final', 'What was moved has been linked or unlinked since then.')
    await changeConflict(tx, row.id, { state: 'undone', steps: null, updated_at: now })
    const people = steps.flatMap(({ from, to }) => [from, to])
    await endSessions(tx, people)
    // Whoever came in by the move may have set a password to come back by.
    for (const userId of new Set(people)) await passwords.forgetSince(tx, userId, { from: row.moved_at ?? now })
    await tellApps(tx, row, 'binding.move_undone', people, { reason: row.reason })
    for (const index of [row.wechat_index, row.holder_index]) await say(tx, row, index, 'undone')
  }

  async function roleOf(db: Db | Tx, row: ConflictRow, openidIndex: string): Promise<Role | undefined> {
    if (row.wechat_index === openidIndex) return 'asker'
    return (await holderOf(db, row)) === openidIndex ? 'holder' : undefined
  }

  async function ask(tx: Tx, row: ConflictRow): Promise<void> {
    const now = clock.now()
    if (row.reason === 'same_person') {
      const steps = await users.merge(tx, row)
      if (steps) await moved(tx, row, steps)
      else await changeConflict(tx, row.id, { state: 'refused', updated_at: now })
      return
    }
    const holder = await holderOf(tx, row)
    const notice = await say(tx, row, holder, deps.reauthenticates(row) ? 'asked_silence' : 'asked')
    // A release that the site gave before stays; another WeChat's yes is good for the request that it answered.
    const allowed = row.reason === 'user_already_bound' ? { allowed_at: null } : {}
    await changeConflict(tx, row.id, {
      state: 'asked',
      asked_at: now,
      updated_at: now,
      holder_index: holder,
      ...allowed,
      // Silence counts from when WeChat has taken it.
      notice,
      told_at: null,
    })
    await tellApps(tx, row, 'binding.move_asked', [row.user_id], { reason: row.reason })
  }

  return { roleOf, isAboutHolder, tellApps, ask, moved, undo }
}
