import type { Push } from '@hufu/wechat'
import type { ScannedFlows } from '../flows/flows.ts'
import type { Arrival, GatheredFollowers } from '../followers/followers.ts'

/** What WeChat says about a person who need not have done anything in the chat (授权用户信息变更). */
const kinds = ['user_info_modified', 'user_authorization_revoke', 'user_authorization_cancellation'] as const
type Authorization = Extract<Push, { kind: (typeof kinds)[number] }>

/** Those after which a person's flows are over. */
export const revokingKinds: readonly string[] = ['user_authorization_revoke', 'user_authorization_cancellation']
export const authorizationKinds: readonly string[] = kinds

export function isAuthorization(push: Push): push is Authorization {
  return authorizationKinds.includes(push.kind)
}

/**
 * Carries out what the platform demands: after a change the sites are told to take what they keep anew; after a withdrawal what the person was
 * doing ends and what they wrote is forgotten, who does not follow is forgotten altogether; who closed their WeChat is erased.
 */
export function carryOutAuthorization(
  desk: { followers: GatheredFollowers; flows: ScannedFlows; forget(appid: string, openidIndex: string): void },
  push: Authorization,
  arrival: Arrival,
): void {
  const { account, openidIndex } = arrival
  // One callback may hear of several products of its operator.
  if (push.openid === '' || (push.appid !== '' && push.appid !== account.appid)) return
  if (push.kind === 'user_info_modified') {
    desk.followers.tell(arrival, 'follower.info_modified')
    return
  }
  desk.forget(account.appid, openidIndex)
  const at = push.createTime * 1_000 - account.platformClock.offset()
  if (push.kind === 'user_authorization_cancellation') {
    desk.followers.cancels(arrival)
    desk.flows.cancelOfScanner(openidIndex, at, 'not_following')
    return
  }
  desk.followers.revokes(arrival)
  desk.flows.cancelOfScanner(openidIndex, at, null)
}
