import type { Db, Tx } from '../../store/store.ts'
import type { IdentityRow } from '../../store/tables.ts'
import { findPlatform, listWithUnionids } from './queries.ts'

/** What one user holds of the open platform that one of their WeChats belongs to, seen from that WeChat. */
export interface Companions {
  /** Of the same person, as the platform has told by one unionid. */
  same: IdentityRow[]
  /** WeChats of which nobody can say whether they are the same person's. */
  unsure: IdentityRow[]
  /** Unionids that would bring this WeChat back: its own; and where the platform has not told it, those that no other WeChat stands for. */
  unions: IdentityRow[]
}

/** One user's WeChats of one platform may be two people's: an attacker's own, and one that a bind has brought. */
export async function companionsOf(db: Db | Tx, wechat: IdentityRow, held: IdentityRow[]): Promise<Companions> {
  const platform = await findPlatform(db, wechat.namespace)
  if (!platform) return { same: [], unsure: [], unions: [] }
  const told = await listWithUnionids(db, wechat.user_id, platform.appids)
  const unionidOf = new Map(told.map(({ id, unionid_index }) => [id, unionid_index]))
  const unionid = unionidOf.get(wechat.id) ?? null
  const others = held.filter((row) => row.id !== wechat.id && unionidOf.has(row.id))
  const ofOthers = others.map(({ id }) => unionidOf.get(id))
  const unions = held.filter((row) => row.kind === 'union' && row.namespace === platform.name)
  return {
    same: others.filter(({ id }) => unionid !== null && unionidOf.get(id) === unionid),
    unsure: others.filter(({ id }) => unionid === null || (unionidOf.get(id) ?? null) === null),
    unions: unions.filter(({ value_index: index }) =>
      unionid === null ? !ofOthers.includes(index) : index === unionid,
    ),
  }
}
