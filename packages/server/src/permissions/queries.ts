import type { BatchStatement, Db, Tx } from '../store/store.ts'
import type { PermissionRow } from '../store/tables.ts'

export type { PermissionRow } from '../store/tables.ts'

/** Columns: appid, openid_index, template_id, remaining (how many more), updated_at. */
export const addPermissions: BatchStatement = {
  sqlite: `INSERT INTO permissions (appid, openid_index, template_id, remaining, updated_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (appid, openid_index, template_id)
    DO UPDATE SET remaining = permissions.remaining + excluded.remaining, updated_at = excluded.updated_at`,
  postgres: `INSERT INTO permissions (appid, openid_index, template_id, remaining, updated_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
    ON CONFLICT (appid, openid_index, template_id)
    DO UPDATE SET remaining = permissions.remaining + excluded.remaining, updated_at = excluded.updated_at`,
}

/** Columns: appid, openid_index, template_id. */
export const endPermission: BatchStatement = {
  sqlite: 'DELETE FROM permissions WHERE appid = ? AND openid_index = ? AND template_id = ?',
  postgres: `DELETE FROM permissions USING unnest($1::text[], $2::text[], $3::text[]) AS gone (appid, openid_index, template_id)
    WHERE permissions.appid = gone.appid AND permissions.openid_index = gone.openid_index
      AND permissions.template_id = gone.template_id`,
}

/** Columns: appid, openid_index. */
export const endPermissionsOf: BatchStatement = {
  sqlite: 'DELETE FROM permissions WHERE appid = ? AND openid_index = ?',
  postgres: `DELETE FROM permissions USING unnest($1::text[], $2::text[]) AS gone (appid, openid_index)
    WHERE permissions.appid = gone.appid AND permissions.openid_index = gone.openid_index`,
}

type Key = Pick<PermissionRow, 'appid' | 'openid_index' | 'template_id'>

export async function addPermission(tx: Tx, key: Key, now: number): Promise<void> {
  await tx
    .insertInto('permissions')
    .values({ ...key, remaining: 1, updated_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['appid', 'openid_index', 'template_id'])
        .doUpdateSet((eb) => ({ remaining: eb('permissions.remaining', '+', 1), updated_at: now })),
    )
    .execute()
}

/** @returns whether there was one */
export async function usePermission(tx: Tx, { appid, openid_index, template_id }: Key, uses: 0 | 1): Promise<boolean> {
  const result = await tx
    .updateTable('permissions')
    .set((eb) => ({ remaining: eb('remaining', '-', uses) }))
    .where('appid', '=', appid)
    .where('openid_index', '=', openid_index)
    .where('template_id', '=', template_id)
    .where('remaining', '>', 0)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function givePermissionBack(tx: Tx, { appid, openid_index, template_id }: Key): Promise<void> {
  await tx
    .updateTable('permissions')
    .set((eb) => ({ remaining: eb('remaining', '+', 1) }))
    .where('appid', '=', appid)
    .where('openid_index', '=', openid_index)
    .where('template_id', '=', template_id)
    .execute()
}

export async function deletePermission(tx: Tx, { appid, openid_index, template_id }: Key): Promise<void> {
  await tx
    .deleteFrom('permissions')
    .where('appid', '=', appid)
    .where('openid_index', '=', openid_index)
    .where('template_id', '=', template_id)
    .execute()
}

export async function deletePermissionsOf(tx: Tx, appid: string, openidIndexes: string[]): Promise<void> {
  await tx.deleteFrom('permissions').where('appid', '=', appid).where('openid_index', 'in', openidIndexes).execute()
}

export async function listPermissions(db: Db | Tx, appid: string, openidIndex: string): Promise<PermissionRow[]> {
  return db
    .selectFrom('permissions')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid_index', '=', openidIndex)
    .where('remaining', '>', 0)
    .orderBy('template_id')
    .execute()
}
