import { optional, textOf } from './elements.ts'
import type { EventPush, PushHead, UserAuthorizationEvent, VerifyFailEvent, VerifySuccessEvent } from './push-types.ts'
import type { XmlElement } from './xml.ts'

type Elements = readonly XmlElement[]
type Read = (head: PushHead, elements: Elements) => EventPush

/** Events that come from a service of the platform: `FromUserName` is no person. */
export const NOTICES: readonly (readonly [wireName: string, read: Read])[] = [
  [
    'masssendjobfinish',
    (head, elements) => ({
      ...head,
      kind: 'mass_send_job_finish',
      msgId: textOf(elements, 'MsgID'),
      status: textOf(elements, 'Status'),
      totalCount: textOf(elements, 'TotalCount'),
      filterCount: textOf(elements, 'FilterCount'),
      sentCount: textOf(elements, 'SentCount'),
      errorCount: textOf(elements, 'ErrorCount'),
    }),
  ],
  authorization('user_info_modified'),
  authorization('user_authorization_revoke'),
  authorization('user_authorization_cancellation'),
  verifySuccess('qualification_verify_success'),
  verifySuccess('naming_verify_success'),
  verifySuccess('annual_renew'),
  verifySuccess('verify_expired'),
  verifyFail('qualification_verify_fail'),
  verifyFail('naming_verify_fail'),
]

function authorization(kind: UserAuthorizationEvent['kind']): readonly [string, Read] {
  return [
    kind,
    (head, elements) => ({
      ...head,
      kind,
      openid: textOf(elements, 'OpenID'),
      appid: textOf(elements, 'AppID'),
      ...optional('unionid', elements, 'UnionID'),
      ...optional('revokeInfo', elements, 'RevokeInfo'),
    }),
  ]
}

function verifySuccess(kind: VerifySuccessEvent['kind']): readonly [string, Read] {
  return [kind, (head, elements) => ({ ...head, kind, expiredTime: textOf(elements, 'ExpiredTime') })]
}

function verifyFail(kind: VerifyFailEvent['kind']): readonly [string, Read] {
  return [
    kind,
    (head, elements) => ({
      ...head,
      kind,
      failTime: textOf(elements, 'FailTime'),
      failReason: textOf(elements, 'FailReason'),
    }),
  ]
}
