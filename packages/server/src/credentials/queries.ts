import type { Insertable } from 'kysely'
import type { Db, Tx } from '../store/store.ts'
import type { ProofRow as Columns, PasswordRow, Tables } from '../store/tables.ts'

export type ProofRow = Omit<Columns, 'tries'> & { tries: number }

export async function insertProof(tx: Tx, row: Insertable<Tables['proofs']>): Promise<void> {
  await tx.insertInto('proofs').values(row).execute()
}

export async function findProof(db: Db | Tx, id: string): Promise<ProofRow | undefined> {
  return db.selectFrom('proofs').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What was sent to this address or number since then, the oldest first. */
export async function listProofsOfValue(tx: Tx, valueIndex: string, since: number): Promise<ProofRow[]> {
  return tx
    .selectFrom('proofs')
    .selectAll()
    .where('value_index', '=', valueIndex)
    .where('created_at', '>', since)
    .orderBy('created_at')
    .execute()
}

export async function countProofsOfAsker(tx: Tx, askerIndex: string, since: number): Promise<number> {
  const row = await tx
    .selectFrom('proofs')
    .select((eb) => eb.fn.countAll<number>().as('proofs'))
    .where('asker_index', '=', askerIndex)
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(row.proofs)
}

/** The newest that is still good, among those of one purpose and one flow or browser. */
export async function findLiveProof(
  db: Db | Tx,
  of: Pick<ProofRow, 'purpose' | 'about' | 'value_index'>,
  now: number,
): Promise<ProofRow | undefined> {
  return db
    .selectFrom('proofs')
    .selectAll()
    .where('about', '=', of.about)
    .where('purpose', '=', of.purpose)
    .where('value_index', '=', of.value_index)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** What was sent before for the same is good no more. */
export async function endProofs(tx: Tx, of: Pick<ProofRow, 'purpose' | 'about'>, now: number): Promise<void> {
  await tx
    .updateTable('proofs')
    .set({ used_at: now })
    .where('about', '=', of.about)
    .where('purpose', '=', of.purpose)
    .where('used_at', 'is', null)
    .execute()
}

/** Counts a try before it is looked at. @returns the tries so far, or undefined when none was left */
export async function countProofTry(tx: Tx, id: string, limit: number, now: number): Promise<number | undefined> {
  const row = await tx
    .updateTable('proofs')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .where('tries', '<', limit)
    .returning('tries')
    .executeTakeFirst()
  return row?.tries
}

export async function choosePassword(tx: Tx, id: string, sealed: Uint8Array | null): Promise<void> {
  await tx.updateTable('proofs').set({ password_sealed: sealed }).where('id', '=', id).execute()
}

/** @returns whether it was this call that used it up */
export async function useProof(tx: Tx, id: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('proofs')
    .set({ used_at: now, password_sealed: null })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** @returns how many were deleted */
export async function deleteProofsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('proofs').select('id').where('created_at', '<', before).orderBy('created_at').limit(limit)
  const result = await tx.deleteFrom('proofs').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Whatever was sent to these addresses and numbers, or for these WeChats. */
export async function listProofsOf(
  db: Db,
  of: { values: string[]; askers: string[] },
): Promise<Pick<ProofRow, 'purpose' | 'kind' | 'value_index' | 'value_sealed' | 'site' | 'created_at'>[]> {
  return db
    .selectFrom('proofs')
    .select(['purpose', 'kind', 'value_index', 'value_sealed', 'site', 'created_at'])
    .where((eb) => eb.or([eb('value_index', 'in', ['', ...of.values]), eb('asker_index', 'in', ['', ...of.askers])]))
    .orderBy('created_at')
    .execute()
}

/** Whatever was sent to these addresses and numbers. */
export async function deleteProofsOf(tx: Tx, valueIndexes: string[]): Promise<void> {
  if (valueIndexes.length === 0) return
  await tx.deleteFrom('proofs').where('value_index', 'in', valueIndexes).execute()
}

/**
 * What these WeChats asked to be sent to addresses and numbers that are not theirs: whose they are, nobody knows. That something was sent there
 * counts for its limits, and no more than that is kept.
 */
export async function disownProofsOf(tx: Tx, askerIndexes: string[], now: number): Promise<void> {
  if (askerIndexes.length === 0) return
  await tx
    .updateTable('proofs')
    .set({ asker_index: null, value_sealed: new Uint8Array(), password_sealed: null, expires_at: now })
    .where('asker_index', 'in', askerIndexes)
    .execute()
}

export async function findPassword(
  db: Db | Tx,
  userId: string,
): Promise<Pick<PasswordRow, 'hash_sealed' | 'changed_at'> | undefined> {
  return db
    .selectFrom('passwords')
    .select(['hash_sealed', 'changed_at'])
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

export async function deletePassword(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('passwords').where('user_id', '=', userId).execute()
}

export async function deletePasswordSince(
  tx: Tx,
  userId: string,
  { from, until }: { from: number; until?: number },
): Promise<void> {
  const since = tx.deleteFrom('passwords').where('user_id', '=', userId).where('changed_at', '>=', from)
  await (until === undefined ? since : since.where('changed_at', '<=', until)).execute()
}

/** @returns whether the other had none */
export async function movePassword(
  tx: Tx,
  { from, to, sealed }: { from: string; to: string; sealed: Uint8Array },
): Promise<boolean> {
  const taken = tx.selectFrom('passwords').select('user_id').where('user_id', '=', to)
  const result = await tx
    .updateTable('passwords')
    .set({ user_id: to, hash_sealed: sealed })
    .where('user_id', '=', from)
    .where(({ not, exists }) => not(exists(taken)))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function putPassword(tx: Tx, userId: string, sealed: Uint8Array, now: number): Promise<void> {
  const value = { hash_sealed: sealed, changed_at: now, tries: 0 }
  await tx
    .insertInto('passwords')
    .values({ user_id: userId, ...value })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(value))
    .execute()
}

/** Counts a try before it is looked at: few at once, then one in a while, and in the end none. @returns whether this one may be looked at */
export async function countPasswordTry(
  tx: Tx,
  userId: string,
  limits: { atOnce: number; inAll: number; since: number },
  now: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('passwords')
    .set((eb) => ({ tries: eb('tries', '+', 1), tried_at: now }))
    .where('user_id', '=', userId)
    .where('tries', '<', limits.inAll)
    .where((eb) => eb.or([eb('tries', '<', limits.atOnce), eb('tried_at', '<=', limits.since)]))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function forgetPasswordTries(tx: Tx, userId: string): Promise<void> {
  await tx.updateTable('passwords').set({ tries: 0 }).where('user_id', '=', userId).execute()
}
