import type { IdentityRow } from '../store/tables.ts'

/** Everything that is known about one side of a bind: the user an identity belongs to, and all identities of that user. */
export interface Side {
  userId: string
  identities: Pick<IdentityRow, 'kind' | 'namespace'>[]
  /** The WeChat itself is nobody's yet: it was recognised by its unionid. */
  byUnion?: boolean
}

export interface Conflict {
  outcome: 'conflict'
  reason: 'wechat_already_bound' | 'user_already_bound'
  /** Who holds what is wanted: the user of the WeChat, or the user who has another one. */
  userId: string
  /** Who is on the other side, if that is anybody yet. */
  otherUserId: string | undefined
}

export type Joining =
  | { outcome: 'new_user' }
  | { outcome: 'external_joins'; userId: string }
  | { outcome: 'wechat_joins'; userId: string }
  | { outcome: 'joined_already'; userId: string }
  | { outcome: 'absorb'; userId: string; absorbed: string }
  | Conflict

/**
 * Who may be joined: `external` is the owner of the site's own id (or nobody), `wechat` the owner of the scanned openid (or nobody).
 * Two users that each hold a credential or an external identity are never joined by a flow: an attacker could lend the victim his password.
 */
export function decideJoining(
  external: Side | undefined,
  wechat: Side | undefined,
  scope: { appId: string; appid: string },
): Joining {
  if (!external && !wechat) return { outcome: 'new_user' }
  // Recognised by the unionid, but another WeChat has the place in this account.
  if (wechat?.byUnion && !isFree(wechat.identities, 'wechat', scope.appid)) {
    return external?.userId === wechat.userId ? userTaken(wechat) : wechatTaken(wechat, external)
  }
  if (!external && wechat) {
    return holds(wechat, 'external', scope.appId)
      ? wechatTaken(wechat)
      : { outcome: 'external_joins', userId: wechat.userId }
  }
  if (external && !wechat) {
    return holds(external, 'wechat', scope.appid)
      ? userTaken(external)
      : { outcome: 'wechat_joins', userId: external.userId }
  }
  if (!external || !wechat) throw new Error('unreachable: all four cases are above')
  if (external.userId === wechat.userId) return { outcome: 'joined_already', userId: external.userId }
  const onlyWechat = wechat.identities.every(({ kind }) => kind === 'wechat' || kind === 'union')
  if (!onlyWechat) return wechatTaken(wechat, external)
  const overlap = wechat.identities.some(({ kind, namespace }) => kind === 'wechat' && holds(external, kind, namespace))
  if (overlap || holds(external, 'wechat', scope.appid)) return userTaken(external, wechat)
  return { outcome: 'absorb', userId: external.userId, absorbed: wechat.userId }
}

function wechatTaken(holder: Side, other?: Side): Conflict {
  return {
    outcome: 'conflict',
    reason: 'wechat_already_bound',
    userId: holder.userId,
    otherUserId: other?.userId,
  }
}

function userTaken(holder: Side, other?: Side): Conflict {
  return { outcome: 'conflict', reason: 'user_already_bound', userId: holder.userId, otherUserId: other?.userId }
}

/** Whether there is room: a user has one WeChat of an account, one id of an app. */
export function isFree(
  identities: Pick<IdentityRow, 'kind' | 'namespace'>[],
  kind: IdentityRow['kind'],
  namespace: string,
): boolean {
  return !identities.some((identity) => identity.kind === kind && identity.namespace === namespace)
}

function holds(side: Side, kind: IdentityRow['kind'], namespace: string): boolean {
  return !isFree(side.identities, kind, namespace)
}
