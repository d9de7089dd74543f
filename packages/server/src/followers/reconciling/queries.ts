import type { Db, Tx } from '../../store/store.ts'
import type { FollowerRow, ReconcileRow } from '../../store/tables.ts'

export async function listReconciles(db: Db): Promise<ReconcileRow[]> {
  return db.selectFrom('reconciles').selectAll().orderBy('next_at').execute()
}

export async function findReconcile(db: Db, appid: string): Promise<ReconcileRow | undefined> {
  return db.selectFrom('reconciles').selectAll().where('appid', '=', appid).executeTakeFirst()
}

/** When a round was last wanted; nobody wants another until the transaction ends. */
export async function holdWanted(tx: Tx, appid: string): Promise<number> {
  const row = await tx
    .selectFrom('reconciles')
    .select('wanted_at')
    .where('appid', '=', appid)
    .forUpdate()
    .executeTakeFirst()
  return row?.wanted_at ?? 0
}

export async function changeReconcile(tx: Tx, appid: string, change: Partial<ReconcileRow>): Promise<void> {
  await tx.updateTable('reconciles').set(change).where('appid', '=', appid).execute()
}

/** Adds these accounts' rows, where they have none. */
export async function insertReconciles(tx: Tx, rows: ReconcileRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('reconciles')
    .values(rows)
    .onConflict((conflict) => conflict.column('appid').doNothing())
    .execute()
}

/** A round of these accounts begins at that time, or goes on, unless it does so before. */
export async function wantReconciles(tx: Tx, appids: string[], wanted: { now: number; at: number }): Promise<void> {
  if (appids.length === 0) return
  await tx
    .updateTable('reconciles')
    .set((eb) => ({
      wanted_at: wanted.now,
      next_at: eb.case().when('next_at', '>', wanted.at).then(wanted.at).else(eb.ref('next_at')).end(),
    }))
    .where('appid', 'in', appids)
    .execute()
}

export async function putListed(tx: Tx, appid: string, indexes: string[]): Promise<void> {
  await tx
    .insertInto('listed_followers')
    .values(indexes.map((index) => ({ appid, openid_index: index })))
    .onConflict((conflict) => conflict.columns(['appid', 'openid_index']).doNothing())
    .execute()
}

export type Standing = Pick<FollowerRow, 'openid_index' | 'followed_at' | 'unfollowed_at' | 'event_at'>

export async function listStandings(db: Db, appid: string, indexes: string[]): Promise<Standing[]> {
  return db
    .selectFrom('followers')
    .select(['openid_index', 'followed_at', 'unfollowed_at', 'event_at'])
    .where('appid', '=', appid)
    .where('openid_index', 'in', indexes)
    .execute()
}

/** A stretch of an account's followers, in order of their indexes: above `after`, up to `until`, or to the last where that is undefined. */
export interface Stretch {
  appid: string
  after: string
  until: string | undefined
}

/** @returns the last of the next `size` followers; undefined when there are fewer */
export async function findStretchEnd(
  db: Db,
  { appid, after }: Omit<Stretch, 'until'>,
  size: number,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('followers')
    .select('openid_index')
    .where('appid', '=', appid)
    .where('openid_index', '>', after)
    .orderBy('openid_index')
    .limit(1)
    .offset(size - 1)
    .executeTakeFirst()
  return row?.openid_index
}

/**
 * Followers whom the platform's list did not show, and, where others have a unionid, who have none. Whom a push spoke of since `eventBefore`
 * (seconds) is no doubt.
 */
export async function listDoubtful(
  db: Db,
  { appid, after, until }: Stretch,
  eventBefore: number,
): Promise<FollowerRow[]> {
  let stretch = db
    .selectFrom('followers')
    .where('followers.appid', '=', appid)
    .where('followers.openid_index', '>', after)
  if (until !== undefined) stretch = stretch.where('followers.openid_index', '<=', until)
  const unionid = await stretch
    .select('followers.unionid_index')
    .where('unionid_index', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return stretch
    .leftJoin('listed_followers as listed', (join) =>
      join.onRef('listed.appid', '=', 'followers.appid').onRef('listed.openid_index', '=', 'followers.openid_index'),
    )
    .selectAll('followers')
    .where('followers.followed_at', 'is not', null)
    .where('followers.unfollowed_at', 'is', null)
    .where('followers.openid_sealed', 'is not', null)
    .where('followers.event_at', '<', eventBefore)
    .where((eb) =>
      unionid
        ? eb.or([eb('listed.openid_index', 'is', null), eb('followers.unionid_index', 'is', null)])
        : eb('listed.openid_index', 'is', null),
    )
    .orderBy('followers.openid_index')
    .execute()
}

export async function deleteListed(tx: Tx, { appid, after, until }: Stretch): Promise<void> {
  let listed = tx.deleteFrom('listed_followers').where('appid', '=', appid).where('openid_index', '>', after)
  if (until !== undefined) listed = listed.where('openid_index', '<=', until)
  await listed.execute()
}
