import type { Db, Tx } from '../store/store.ts'
import type { ReplyRuleRow } from '../store/tables.ts'

/** In the order in which they are tried: a rule that says more comes before one that says less. */
export async function listRules(db: Db): Promise<ReplyRuleRow[]> {
  return db
    .selectFrom('reply_rules')
    .selectAll()
    .orderBy('priority', 'desc')
    .orderBy((eb) => eb.case().when('kind', '=', 'any').then(2).when('kind', '=', 'contains').then(1).else(0).end())
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** Adds a rule, unless the account has `most` of them. @returns whether it was added */
export async function insertRule(tx: Tx, row: ReplyRuleRow, most: number): Promise<boolean> {
  // Whoever else adds one to this account waits here.
  await tx.selectFrom('accounts').select('appid').where('appid', '=', row.appid).forUpdate().execute()
  const { count } = await tx
    .selectFrom('reply_rules')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('appid', '=', row.appid)
    .executeTakeFirstOrThrow()
  if (Number(count) >= most) return false
  await tx.insertInto('reply_rules').values(row).execute()
  return true
}

/** @returns whether there is such a rule of this account */
export async function updateRule(
  tx: Tx,
  key: Pick<ReplyRuleRow, 'appid' | 'id'>,
  change: Pick<ReplyRuleRow, 'kind' | 'keywords' | 'text' | 'priority'>,
): Promise<boolean> {
  const result = await tx
    .updateTable('reply_rules')
    .set(change)
    .where('appid', '=', key.appid)
    .where('id', '=', key.id)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** @returns whether there was such a rule of this account */
export async function deleteRule(tx: Tx, key: Pick<ReplyRuleRow, 'appid' | 'id'>): Promise<boolean> {
  const result = await tx
    .deleteFrom('reply_rules')
    .where('appid', '=', key.appid)
    .where('id', '=', key.id)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
