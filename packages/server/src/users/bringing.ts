import type { Events } from '../events/events.ts'
import type { Tx } from '../store/store.ts'
import type { IdentityRow } from '../store/tables.ts'
import type { Joining } from './joining.ts'
import { deleteAppUser, deleteIdentity, findAppUser, findIdentity, listIdentities } from './queries.ts'
import type { IdentityIndex } from './users.ts'
import type { WechatIndex } from './wechats.ts'

/** An identity that a flow added to a user who did not have it; or, of a WeChat, that became part of somebody else. */
export interface Brought {
  id: string
  kind: IdentityRow['kind']
}

export interface TakenBack {
  /** Since when the user had the e-mail address or phone number that went, if one did. */
  credentialSince: number | undefined
  /** WeChats that are still where they were brought: the caller releases them. */
  wechats: WechatIndex[]
}

export interface Bringing {
  /**
   * What a flow brought to this user goes again, as far as it is still there: an address, a number, or the site's own id is nobody's from then on, and
   * that site hears of it. Nothing goes that was added since, were it of the same value; nor the last that somebody is recognised by.
   */
  takeBack(tx: Tx, of: { userId: string; flowId: string; account: string }, brought: string[]): Promise<TakenBack>
}

/** The WeChats that a joining is about to move to another user. */
export async function listAbsorbed(tx: Tx, joining: Joining): Promise<IdentityRow[]> {
  if (joining.outcome !== 'absorb') return []
  return (await listIdentities(tx, joining.absorbed)).filter(({ kind }) => kind === 'wechat')
}

/** What is new to whoever has it now: of two that were joined, the one that was not there before. */
export async function broughtBy(
  tx: Tx,
  joining: Joining,
  keys: { external: IdentityIndex; wechat: IdentityIndex },
  absorbed: IdentityRow[],
): Promise<Brought[]> {
  const find = ({ kind, namespace, index }: IdentityIndex) => findIdentity(tx, { kind, namespace, value_index: index })
  switch (joining.outcome) {
    // A user who is new is the WeChat's: what stays, when this is taken back, is the WeChat.
    case 'new_user':
    case 'external_joins':
      return present([await find(keys.external)])
    case 'wechat_joins':
    case 'absorb':
      return present([await find(keys.wechat), ...absorbed])
    default:
      return []
  }
}

function present(rows: (IdentityRow | undefined)[]): Brought[] {
  const kinds = rows.flatMap((row) => (row ? ([[row.id, row.kind]] as const) : []))
  return [...new Map(kinds)].map(([id, kind]) => ({ id, kind }))
}

export function createBringing({ events }: { events: Events }): Bringing {
  return {
    async takeBack(tx, { userId, flowId, account }, brought) {
      const held = await listIdentities(tx, userId)
      const theirs = held.filter(({ id }) => brought.includes(id))
      const back: TakenBack = { credentialSince: undefined, wechats: [] }
      // In the order in which they were brought: the WeChat that was scanned leaves first, and takes along what the platform says is the same.
      for (const id of brought) {
        const row = theirs.find((one) => one.id === id)
        if (row?.kind === 'wechat') back.wechats.push([row.namespace, row.value_index])
      }
      const isLeft = held.some(({ id, kind }) => kind !== 'union' && !brought.includes(id))
      if (!isLeft) return back
      for (const row of theirs) {
        if (row.kind === 'wechat' || row.kind === 'union') continue
        await deleteIdentity(tx, row.id)
        if (row.kind !== 'external') {
          back.credentialSince = Math.min(row.created_at, back.credentialSince ?? row.created_at)
          continue
        }
        const site = await findAppUser(tx, row.namespace, userId)
        if (!site) continue
        await deleteAppUser(tx, row.namespace, userId)
        const data = { user_id: site.public_id, flow_id: flowId, account, reason: 'disowned' }
        events.append(tx, row.namespace, 'binding.removed', data)
      }
      return back
    },
  }
}
