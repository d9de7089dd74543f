import type { Db, Tx } from '../store/store.ts'
import type { TemplateRow } from '../store/tables.ts'

export type { TemplateRow } from '../store/tables.ts'

export async function listTemplates(db: Db, appid?: string): Promise<TemplateRow[]> {
  const all = db.selectFrom('templates').selectAll().where('gone_at', 'is', null)
  const some = appid === undefined ? all : all.where('appid', '=', appid)
  return some.orderBy('appid').orderBy('kind').orderBy('title').orderBy('template_id').execute()
}

/** By WeChat's id or the sites' name. */
export async function findTemplate(db: Db | Tx, appid: string, template: string): Promise<TemplateRow | undefined> {
  return db
    .selectFrom('templates')
    .selectAll()
    .where('appid', '=', appid)
    .where((eb) => eb.or([eb('template_id', '=', template), eb('name', '=', template)]))
    .where('gone_at', 'is', null)
    .executeTakeFirst()
}

/** As WeChat tells it now; what is ours of it stays. */
export async function putTemplate(
  tx: Tx,
  row: Omit<TemplateRow, 'name' | 'checks_words' | 'code_fields' | 'gone_at'>,
): Promise<void> {
  const { appid, template_id, ...told } = row
  await tx
    .insertInto('templates')
    .values({ ...row, name: null, checks_words: 1, code_fields: null, gone_at: null })
    .onConflict((conflict) => conflict.columns(['appid', 'template_id']).doUpdateSet({ ...told, gone_at: null }))
    .execute()
}

/** What was not told of any more at that time is gone. Its name waits for it, until another one is called so. */
export async function endTemplatesBefore(
  tx: Tx,
  of: { appid: string; kind: TemplateRow['kind']; syncedAt: number; now: number },
): Promise<void> {
  await tx
    .updateTable('templates')
    .set({ gone_at: of.now })
    .where('appid', '=', of.appid)
    .where('kind', '=', of.kind)
    .where('synced_at', '<', of.syncedAt)
    .where('gone_at', 'is', null)
    .execute()
}

/** What is gone and was called so is called so no more. */
export async function freeName(tx: Tx, of: { appid: string; name: string }): Promise<void> {
  await tx
    .updateTable('templates')
    .set({ name: null })
    .where('appid', '=', of.appid)
    .where('name', '=', of.name)
    .where('gone_at', 'is not', null)
    .execute()
}

/** @returns whether there is such a template */
export async function changeTemplate(
  tx: Tx,
  of: { appid: string; templateId: string },
  change: Partial<Pick<TemplateRow, 'name' | 'checks_words'>>,
): Promise<boolean> {
  const result = await tx
    .updateTable('templates')
    .set(change)
    .where('appid', '=', of.appid)
    .where('template_id', '=', of.templateId)
    .where('gone_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The one that the account's codes go by. */
export async function findCodeTemplate(db: Db | Tx, appid: string): Promise<TemplateRow | undefined> {
  return db
    .selectFrom('templates')
    .selectAll()
    .where('appid', '=', appid)
    .where('code_fields', 'is not', null)
    .where('gone_at', 'is', null)
    .executeTakeFirst()
}

/** There is one at most: the former is none any more. */
export async function setCodeTemplate(
  tx: Tx,
  appid: string,
  chosen: { templateId: string; fields: string } | undefined,
): Promise<void> {
  const ofAccount = tx.updateTable('templates').where('appid', '=', appid)
  await ofAccount.set({ code_fields: null }).where('code_fields', 'is not', null).execute()
  if (chosen) await ofAccount.set({ code_fields: chosen.fields }).where('template_id', '=', chosen.templateId).execute()
}
