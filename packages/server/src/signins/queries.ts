import type { Db, Tx } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export type SignInRow = Tables['sign_ins']

export async function insertSignIn(tx: Tx, row: SignInRow): Promise<void> {
  await tx.insertInto('sign_ins').values(row).execute()
}

export async function findSignIn(db: Db | Tx, id: string): Promise<SignInRow | undefined> {
  return db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function listSignIns(db: Db, userId: string, limit: number): Promise<SignInRow[]> {
  return db
    .selectFrom('sign_ins')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('at', 'desc')
    .limit(limit)
    .execute()
}

/** Once. @returns the sign-in, or undefined when it was disowned before */
export async function markDisowned(tx: Tx, id: string, now: number): Promise<SignInRow | undefined> {
  return tx
    .updateTable('sign_ins')
    .set({ disowned_at: now })
    .where('id', '=', id)
    .where('disowned_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

/** Of one app, or of all. */
export async function listSignInsOf(db: Db, userId: string, appId: string | undefined): Promise<SignInRow[]> {
  const all = db.selectFrom('sign_ins').selectAll().where('user_id', '=', userId).orderBy('at', 'desc')
  return (appId === undefined ? all : all.where('app_id', '=', appId)).execute()
}

/** Of one app, or of all. */
export async function deleteSignInsOf(tx: Tx, userId: string, appId: string | undefined): Promise<void> {
  const all = tx.deleteFrom('sign_ins').where('user_id', '=', userId)
  await (appId === undefined ? all : all.where('app_id', '=', appId)).execute()
}

export async function moveSignIns(tx: Tx, from: string, to: string): Promise<void> {
  await tx.updateTable('sign_ins').set({ user_id: to }).where('user_id', '=', from).execute()
}

/** @returns how many were deleted */
export async function deleteSignInsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const old = tx.selectFrom('sign_ins').select('id').where('at', '<', before).orderBy('at').limit(limit)
  const result = await tx.deleteFrom('sign_ins').where('id', 'in', old).executeTakeFirst()
  return Number(result.numDeletedRows)
}
