import { type ExpressionBuilder, sql } from 'kysely'
import type { BatchStatement, Db, Tx, Value } from '../store/store.ts'
import type { ConflictRow, Tables } from '../store/tables.ts'

export type { ConflictRow }

const names = [
  ...(['id', 'dedupe', 'reason', 'app_id', 'appid', 'flow_id', 'user_id', 'other_user_id', 'wechat_index'] as const),
  ...([
    'holder_index',
    'external_index',
    'display_name',
    'locale',
    'state',
    'seen',
    'created_at',
    'updated_at',
  ] as const),
]
const columns = names.join(', ')

/** In the order of `insertConflict`. */
export function valuesOf(row: NewConflict): Value[] {
  return names.map((name) => row[name])
}

/** Somebody else has the place by now: another user, or another WeChat of the user. Reads what `users` owns. */
const isAnother = `(conflicts.user_id <> excluded.user_id OR (conflicts.holder_index IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM identities WHERE identities.user_id = excluded.user_id AND identities.kind = 'wechat'
    AND identities.namespace = conflicts.appid AND identities.value_index = conflicts.holder_index)))`
const unlessAnother = (column: string) => `CASE WHEN ${isAnother} THEN NULL ELSE conflicts.${column} END`

/** Met again: once more, by this flow. What was asked, allowed or refused stays, as long as who has the place does. */
const changes = {
  flow_id: 'excluded.flow_id',
  seen: 'conflicts.seen + 1',
  updated_at: 'excluded.updated_at',
  user_id: 'excluded.user_id',
  other_user_id: 'excluded.other_user_id',
  appid: 'excluded.appid',
  wechat_index: 'excluded.wechat_index',
  state: `CASE WHEN ${isAnother} THEN 'open' ELSE conflicts.state END`,
  holder_index: unlessAnother('holder_index'),
  asked_at: unlessAnother('asked_at'),
  told_at: unlessAnother('told_at'),
  notice: unlessAnother('notice'),
  notified_at: unlessAnother('notified_at'),
  allowed_at: unlessAnother('allowed_at'),
}
const again = `ON CONFLICT (dedupe) DO UPDATE SET ${Object.entries(changes)
  .map(([column, value]) => `${column} = ${value}`)
  .join(', ')}`

/** Columns as in `names`; a batch has each `dedupe` once. */
export const insertConflict: BatchStatement = {
  sqlite: `INSERT INTO conflicts (${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')}) ${again}`,
  postgres: `INSERT INTO conflicts (${columns}) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::bigint[],
      $17::bigint[])
    ${again}`,
}

export type NewConflict = Omit<
  ConflictRow,
  'asked_at' | 'told_at' | 'allowed_at' | 'moved_at' | 'steps' | 'notice' | 'notified_at'
>

export async function putConflict(tx: Tx, row: NewConflict): Promise<ConflictRow> {
  return tx
    .insertInto('conflicts')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('dedupe')
        .doUpdateSet(Object.fromEntries(Object.entries(changes).map(([column, value]) => [column, sql.raw(value)]))),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function findConflict(db: Db | Tx, id: string): Promise<ConflictRow | undefined> {
  return db.selectFrom('conflicts').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function findConflictOfFlow(db: Db, flowId: string): Promise<ConflictRow | undefined> {
  return db.selectFrom('conflicts').selectAll().where('flow_id', '=', flowId).executeTakeFirst()
}

/** Two users of one person that can still be made one, by the WeChat that showed it. */
export async function findTwinsOf(db: Db, appid: string, openidIndex: string): Promise<ConflictRow | undefined> {
  return db
    .selectFrom('conflicts')
    .selectAll()
    .where('wechat_index', '=', openidIndex)
    .where('appid', '=', appid)
    .where('reason', '=', 'same_person')
    .where('state', '=', 'open')
    .executeTakeFirst()
}

export async function holdConflict(tx: Tx, by: { id: string } | { dedupe: string }): Promise<ConflictRow | undefined> {
  const rows = tx.selectFrom('conflicts').selectAll()
  const one = 'id' in by ? rows.where('id', '=', by.id) : rows.where('dedupe', '=', by.dedupe)
  return one.forUpdate().executeTakeFirst()
}

export async function changeConflict(tx: Tx, id: string, change: Partial<ConflictRow>): Promise<void> {
  await tx.updateTable('conflicts').set(change).where('id', '=', id).execute()
}

/** Met since then, and nobody has been told. */
export async function listUnnotified(db: Db, since: number, limit: number): Promise<{ id: string }[]> {
  return db
    .selectFrom('conflicts')
    .select('id')
    .where('state', '=', 'open')
    .where('notified_at', 'is', null)
    .where('updated_at', '>', since)
    .orderBy('updated_at')
    .limit(limit)
    .execute()
}

/** Whoever gets the row tells the people of it. */
export async function takeUnnotified(tx: Tx, id: string, now: number): Promise<ConflictRow | undefined> {
  return tx
    .updateTable('conflicts')
    .set({ notified_at: now })
    .where('id', '=', id)
    .where('notified_at', 'is', null)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}

/** WeChat took the message that tells who has the place what is asked. */
export async function setTold(tx: Tx, notice: string, now: number): Promise<void> {
  await tx
    .updateTable('conflicts')
    .set({ told_at: now })
    .where('notice', '=', notice)
    .where('state', '=', 'asked')
    .execute()
}

export interface Filter {
  appId?: string | undefined
  states?: ConflictRow['state'][] | undefined
  /** The last id of the page before. */
  after?: { id: string; created_at: number } | undefined
  limit: number
}

/** The newest first. */
export async function listConflicts(db: Db, { appId, states, after, limit }: Filter): Promise<ConflictRow[]> {
  let rows = db.selectFrom('conflicts').selectAll()
  if (appId !== undefined) rows = rows.where('app_id', '=', appId)
  if (states) rows = rows.where('state', 'in', states)
  if (after) {
    rows = rows.where((eb) =>
      eb.or([
        eb('created_at', '<', after.created_at),
        eb.and([eb('created_at', '=', after.created_at), eb('id', '<', after.id)]),
      ]),
    )
  }
  return rows.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** Conflicts that somebody is part of, on either side; of one app, or of all. */
export interface Of {
  userId: string
  wechats: string[]
  appId: string | undefined
}

function isOf(eb: ExpressionBuilder<Tables, 'conflicts'>, of: Of) {
  const isTheirs = eb.or([
    eb('user_id', '=', of.userId),
    eb('other_user_id', '=', of.userId),
    eb('wechat_index', 'in', ['', ...of.wechats]),
    eb('holder_index', 'in', ['', ...of.wechats]),
  ])
  return of.appId === undefined ? isTheirs : eb.and([isTheirs, eb('app_id', '=', of.appId)])
}

export async function listConflictsOf(db: Db, of: Of): Promise<ConflictRow[]> {
  return db
    .selectFrom('conflicts')
    .selectAll()
    .where((eb) => isOf(eb, of))
    .orderBy('created_at')
    .execute()
}

/** Nobody decides about them until the transaction ends. */
export async function holdConflictsOf(tx: Tx, of: Of): Promise<void> {
  await tx
    .selectFrom('conflicts')
    .select('id')
    .where((eb) => isOf(eb, of))
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** `open`: only those that nothing came of yet. @returns the steps of what was moved and not settled, the oldest first */
export async function deleteConflictsOf(tx: Tx, of: Of & { open?: boolean }): Promise<string[]> {
  let rows = tx.deleteFrom('conflicts').where((eb) => isOf(eb, of))
  if (of.open) rows = rows.where('moved_at', 'is', null)
  const gone = await rows.returning(['steps', 'moved_at']).execute()
  return gone.toSorted((one, other) => (one.moved_at ?? 0) - (other.moved_at ?? 0)).flatMap(({ steps }) => steps ?? [])
}

/** Moves that can no longer be undone, and have not been settled. */
export async function listFinal(db: Db, before: number, limit: number): Promise<ConflictRow[]> {
  return db
    .selectFrom('conflicts')
    .selectAll()
    .where('state', '=', 'moved')
    .where('steps', 'is not', null)
    .where('moved_at', '<=', before)
    .orderBy('updated_at')
    .limit(limit)
    .execute()
}

/** @returns how many were deleted */
export async function deleteConflictsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx
    .selectFrom('conflicts')
    .select('id')
    .where('updated_at', '<', before)
    .orderBy('updated_at')
    .limit(limit)
  const result = await tx.deleteFrom('conflicts').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
