export { HufuError } from './errors.ts'
export type { FollowOptions } from './follow.ts'
export type { CallOptions, HufuOptions } from './http.ts'
export { type Codes, createHufu, type Events, type Flows, type Hufu, type Links, type Users } from './hufu.ts'
export type {
  Assurance,
  Claimed,
  ClaimInput,
  CodeInput,
  CodeTry,
  Event,
  EventPage,
  Flow,
  FlowInput,
  FlowState,
  Link,
  LinkLoginInput,
  NewFlow,
  RedeemInput,
  Redemption,
  RegisterInput,
  SentCode,
  User,
} from './types.ts'
