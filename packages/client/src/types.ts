import type { components, paths } from './openapi.ts'

type Answer<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Body } } } }
  ? Body
  : never
type Sent<Operation> = Operation extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never

/** One attempt of one browser to get a person. */
export type Flow = Omit<Answer<paths['/v1/flows/{id}']['get']>, 'secret'>
export type FlowState = Flow['state']
export type Assurance = Flow['assurance']

/** A flow just begun. `secret` is for the browser in front of your page and for nobody else. */
export type NewFlow = Flow & { secret: string }

/** What a flow is begun with. */
export type FlowInput = Sent<paths['/v1/flows']['post']>

/** What a completion code buys. */
export type Redemption = Answer<paths['/v1/flows/{id}/redeem']['post']>
export type RedeemInput = Sent<paths['/v1/flows/{id}/redeem']['post']>
export type RegisterInput = Sent<paths['/v1/flows/{id}/register']['post']>

/** A link of the chat that brought somebody to your link URL. It says whether you know them, not who they are. */
export type Link = Answer<paths['/v1/links/{id}']['get']>
/** Which of your users opened it. */
export type ClaimInput = Sent<paths['/v1/links/{id}/claim']['post']>
export type Claimed = Answer<paths['/v1/links/{id}/claim']['post']>
export type LinkLoginInput = NonNullable<Sent<paths['/v1/links/{id}/login']['post']>>

/** Six digits for one of your users. Say for what: the message does, and the code is good for nothing else. */
export type CodeInput = Sent<paths['/v1/codes']['post']>
export type SentCode = paths['/v1/codes']['post']['responses'][202]['content']['application/json']
export type CodeTry = Sent<paths['/v1/codes/{id}/check']['post']>

/** A notice to one of your users, by the ways you offer. */
export type MessageInput = Sent<paths['/v1/messages']['post']>
/** What became of it. */
export type Message = Answer<paths['/v1/messages/{id}']['get']>

/** A notice to a list of your users: ids, or `{ user, data }` with values of their own. */
export type BatchInput = Sent<paths['/v1/messages/batch']['post']>
/** How far it is, and of whom no message was made. */
export type Batch = Answer<paths['/v1/messages/batch/{id}']['get']>

/** What messages can be sent by; `fields` says what each value may be. */
export type Template = Answer<paths['/v1/templates']['get']>['data'][number]
export type PreviewInput = Sent<paths['/v1/templates/preview']['post']>
export type Preview = Answer<paths['/v1/templates/preview']['post']>

/** What may be sent to one WeChat of a user now, and why not the rest. */
export type Reachability = Answer<paths['/v1/users/{id}/reach']['get']>['data'][number]

/** One message that a user is asked to allow. */
export type OneTimeInput = Sent<paths['/v1/users/{id}/subscriptions']['post']>
export type OneTimeAsked =
  paths['/v1/users/{id}/subscriptions']['post']['responses'][201]['content']['application/json']

export type SignatureInput = Sent<paths['/v1/jssdk/signature']['post']>
/** What `wx.config` takes; add `jsApiList` or `openTagList`. */
export type Signature = Answer<paths['/v1/jssdk/signature']['post']>

/** One person, as your app sees them. */
export type User = components['schemas']['User']

/** An entry of your app's feed. Ignore types you do not know. */
export type Event = components['schemas']['Event']
export type EventPage = Answer<paths['/v1/events']['get']>
export type UserPage = Answer<paths['/v1/users']['get']>
