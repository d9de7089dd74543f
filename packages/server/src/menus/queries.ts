import type { Db, Tx } from '../store/store.ts'
import type { MenuRow } from '../store/tables.ts'

export async function findMenu(db: Db, appid: string): Promise<MenuRow | undefined> {
  return db.selectFrom('menus').selectAll().where('appid', '=', appid).executeTakeFirst()
}

export async function putDraft(tx: Tx, row: Pick<MenuRow, 'appid' | 'draft' | 'saved_at'>): Promise<void> {
  await tx
    .insertInto('menus')
    .values({ ...row, published: null, published_at: null })
    .onConflict((conflict) => conflict.column('appid').doUpdateSet({ draft: row.draft, saved_at: row.saved_at }))
    .execute()
}

export async function setPublished(tx: Tx, row: Pick<MenuRow, 'appid' | 'published' | 'published_at'>): Promise<void> {
  const { appid, ...change } = row
  await tx.updateTable('menus').set(change).where('appid', '=', appid).execute()
}
