import { HufuError } from './errors.ts'
import { type FollowOptions, follow } from './follow.ts'
import { type CallOptions, createRequest, type HufuOptions } from './http.ts'
import type {
  Batch,
  BatchInput,
  Claimed,
  ClaimInput,
  CodeInput,
  CodeTry,
  Event,
  EventPage,
  Flow,
  FlowInput,
  Link,
  LinkLoginInput,
  Message,
  MessageInput,
  NewFlow,
  OneTimeAsked,
  OneTimeInput,
  Preview,
  PreviewInput,
  Reachability,
  RedeemInput,
  Redemption,
  RegisterInput,
  SentCode,
  Signature,
  SignatureInput,
  Template,
  User,
  UserPage,
} from './types.ts'

/** Hufu, as a site's backend speaks to it. Every call throws HufuError for a refusal. */
export interface Hufu {
  flows: Flows
  links: Links
  codes: Codes
  messages: Messages
  batches: Batches
  templates: Templates
  jssdk: Jssdk
  users: Users
  events: Events
}

export interface Flows {
  /**
   * Begins a flow for the visitor in front of your page.
   * @param options.idempotencyKey the same key and input answer the same flow for 7 days: a request may be repeated safely
   */
  create(input: FlowInput, options?: CallOptions & { idempotencyKey?: string }): Promise<NewFlow>
  /** The flow in whatever state it is. The number to type and the completion code are the browser's, not yours. */
  get(id: string, options?: CallOptions): Promise<Flow>
  /** Answers when the state is no longer `seen`, or after `seconds` (at most 25). */
  wait(id: string, options?: CallOptions & { seen?: string; seconds?: number }): Promise<Flow>
  /** Buys the result with the completion code that the browser brought, once. Start a new session of your own after it. */
  redeem(id: string, input: RedeemInput, options?: CallOptions): Promise<Redemption>
  /**
   * For a browser that comes back from its phone page and runs no script of Hufu's: fetches the completion code with the browser secret,
   * which your session has kept, and redeems it.
   * @throws HufuError `not_confirmed` when the person has not said yes
   */
  finish(id: string, input: { secret: string; browser_binding?: string }, options?: CallOptions): Promise<Redemption>
  /** Gives a person who was unknown an id of your own; the token is what `redeem` answered, good for 30 minutes. */
  register(id: string, input: RegisterInput, options?: CallOptions): Promise<Redemption>
  /** Ends a flow that nobody needs any more: its QR code stops working. */
  cancel(id: string, options?: CallOptions): Promise<Flow>
}

/** People who begin in WeChat: a link of the chat brings them to your link URL as `?link=ln_…`. */
export interface Links {
  /** Whether you know who opened it. @throws HufuError `link_over`, `not_found` */
  get(id: string, options?: CallOptions): Promise<Link>
  /** Your user, logged in with you in this browser, is who opened it; send the browser to `continue_url`, where the follower confirms. */
  claim(id: string, input: ClaimInput, options?: CallOptions & { idempotencyKey?: string }): Promise<Claimed>
  /** Logs in whoever opened it: send the browser to the flow's `wechat_url`, and `finish` it when the browser is back. */
  login(id: string, input?: LinkLoginInput, options?: CallOptions & { idempotencyKey?: string }): Promise<NewFlow>
}

/** Verification codes through WeChat. */
export interface Codes {
  /** Answers the same for users known and unknown; the feed says what became of it, `code.failed` that you should send one otherwise. @throws HufuError `rate_limited` */
  send(input: CodeInput, options?: CallOptions & { idempotencyKey?: string }): Promise<SentCode>
  /** Right once. @throws HufuError `code_invalid`, `rate_limited`, `too_many_tries`, `not_found` */
  check(id: string, input: CodeTry, options?: CallOptions): Promise<void>
}

/** Notices to your users, by the templates of the account they follow. */
export interface Messages {
  /** Answers as soon as it is written down; the feed says what became of it. @throws HufuError `invalid_value`, whose `errors` name every field that WeChat would refuse; `user_unreachable`, `url_not_allowed`, `not_found` */
  send(input: MessageInput, options?: CallOptions & { idempotencyKey?: string }): Promise<Message>
  get(id: string, options?: CallOptions): Promise<Message>
  /** Takes back what is not sent yet; `unknown` is what WeChat may have already. @throws HufuError `message_sent` */
  cancel(id: string, options?: CallOptions): Promise<Message>
}

/** A notice to a list of users, who become messages by and by. */
export interface Batches {
  /** Up to 10 000 users, each of whom gets it once. The feed says when it is over. @throws HufuError `invalid_value`, whose `errors` name the place in the list; `url_not_allowed`, `idempotency_mismatch` */
  send(input: BatchInput, options?: CallOptions & { idempotencyKey?: string }): Promise<Batch>
  /** Where all of the list are: the numbers add up to `total`. */
  get(id: string, options?: CallOptions): Promise<Batch>
  /** Holds back what is not sent yet. @throws HufuError `batch_over` */
  pause(id: string, options?: CallOptions): Promise<Batch>
  /** Goes on with what is paused, by you or by Hufu, which says why by `reason`. @throws HufuError `batch_over` */
  resume(id: string, options?: CallOptions): Promise<Batch>
  /** Takes back what is not sent yet, for good. @throws HufuError `batch_over` */
  cancel(id: string, options?: CallOptions): Promise<Batch>
}

export interface Templates {
  /** @param options.account appid; else of all accounts */
  list(options?: CallOptions & { account?: string }): Promise<Template[]>
  /** How a message would look, and what WeChat would refuse in it. Nothing is sent. */
  preview(input: PreviewInput, options?: CallOptions): Promise<Preview>
}

export interface Jssdk {
  /** Signs a page of yours for WeChat's JS-SDK, for `<wx-open-subscribe>` and the like. @throws HufuError `url_not_allowed` */
  sign(input: SignatureInput, options?: CallOptions): Promise<Signature>
}

export interface Users {
  /** @param id Hufu's id of the user (`us_…`) */
  get(id: string, options?: CallOptions): Promise<User>
  /** @returns undefined when nobody has that id of yours, which means: not linked */
  findByExternalId(externalUserId: string, options?: CallOptions): Promise<User | undefined>
  /** Attaches your own id to a user who has none of yours yet. */
  setExternalId(id: string, externalUserId: string, options?: CallOptions): Promise<User>
  /** Takes your user and the WeChat apart again. */
  unlink(id: string, options?: CallOptions): Promise<void>
  /** What may be sent to each WeChat of this user now, those who follow first. */
  reach(id: string, options?: CallOptions): Promise<Reachability[]>
  /** Lead the user, who is in WeChat, to its `url`: there they allow one message of the scene. @throws HufuError `url_not_allowed`, `user_unreachable`, `account_capability_missing` */
  askOneTime(id: string, input: OneTimeInput, options?: CallOptions): Promise<OneTimeAsked>
}

export interface Events {
  /** One page of the feed, oldest first. `seconds` (at most 25) holds an empty answer until something happens. */
  list(options?: CallOptions & { after?: string; limit?: number; seconds?: number }): Promise<EventPage>
  /** The feed as it grows. Keep the id of the last event you handled: it is where you go on after a restart. */
  follow(options?: FollowOptions): AsyncGenerator<Event, void, undefined>
}

/**
 * Makes the client of one app.
 * @throws {TypeError} when the address or the key cannot be right; the message repeats neither
 */
export function createHufu(options: HufuOptions): Hufu {
  const request = createRequest(options)
  const flow = (id: string) => `/v1/flows/${encodeURIComponent(id)}`
  const link = (id: string) => `/v1/links/${encodeURIComponent(id)}`
  const message = (id: string) => `/v1/messages/${encodeURIComponent(id)}`
  const batch = (id: string) => `/v1/messages/batch/${encodeURIComponent(id)}`
  const once = (key: string | undefined) => key && { headers: { 'idempotency-key': key } }
  const user = (id: string) => `/v1/users/${encodeURIComponent(id)}`

  return {
    flows: {
      create: (body, { idempotencyKey, signal } = {}) =>
        request({
          method: 'POST',
          path: '/v1/flows',
          body,
          signal,
          ...once(idempotencyKey),
        }),
      get: (id, { signal } = {}) => request({ method: 'GET', path: flow(id), signal }),
      wait: (id, { seen, seconds = 25, signal } = {}) =>
        request({ method: 'GET', path: flow(id), query: { wait: seconds, seen }, wait: seconds, signal }),
      redeem: (id, body, { signal } = {}) => request({ method: 'POST', path: `${flow(id)}/redeem`, body, signal }),
      async finish(id, { secret, ...input }, { signal } = {}) {
        const headers = { authorization: `Bearer ${secret}` }
        const { completion_code } = await request<Flow>({ method: 'GET', path: flow(id), headers, signal })
        if (completion_code === undefined) throw new HufuError('not_confirmed', 409)
        return request({ method: 'POST', path: `${flow(id)}/redeem`, body: { ...input, completion_code }, signal })
      },
      register: (id, body, { signal } = {}) => request({ method: 'POST', path: `${flow(id)}/register`, body, signal }),
      cancel: (id, { signal } = {}) => request({ method: 'DELETE', path: flow(id), signal }),
    },
    links: {
      get: (id, { signal } = {}) => request({ method: 'GET', path: link(id), signal }),
      claim: (id, body, { idempotencyKey, signal } = {}) =>
        request({ method: 'POST', path: `${link(id)}/claim`, body, signal, ...once(idempotencyKey) }),
      login: (id, body = {}, { idempotencyKey, signal } = {}) =>
        request({ method: 'POST', path: `${link(id)}/login`, body, signal, ...once(idempotencyKey) }),
    },
    codes: {
      send: (body, { idempotencyKey, signal } = {}) =>
        request({ method: 'POST', path: '/v1/codes', body, signal, ...once(idempotencyKey) }),
      async check(id, body, { signal } = {}) {
        await request({ method: 'POST', path: `/v1/codes/${encodeURIComponent(id)}/check`, body, signal })
      },
    },
    messages: {
      send: (body, { idempotencyKey, signal } = {}) =>
        request({ method: 'POST', path: '/v1/messages', body, signal, ...once(idempotencyKey) }),
      get: (id, { signal } = {}) => request({ method: 'GET', path: message(id), signal }),
      cancel: (id, { signal } = {}) => request({ method: 'DELETE', path: message(id), signal }),
    },
    batches: {
      send: (body, { idempotencyKey, signal } = {}) =>
        request({ method: 'POST', path: '/v1/messages/batch', body, signal, ...once(idempotencyKey) }),
      get: (id, { signal } = {}) => request({ method: 'GET', path: batch(id), signal }),
      pause: (id, { signal } = {}) => request({ method: 'POST', path: `${batch(id)}/pause`, signal }),
      resume: (id, { signal } = {}) => request({ method: 'POST', path: `${batch(id)}/resume`, signal }),
      cancel: (id, { signal } = {}) => request({ method: 'POST', path: `${batch(id)}/cancel`, signal }),
    },
    templates: {
      async list({ account, signal } = {}) {
        const path = '/v1/templates'
        const { data } = await request<{ data: Template[] }>({ method: 'GET', path, query: { account }, signal })
        return data
      },
      preview: (body, { signal } = {}) => request({ method: 'POST', path: '/v1/templates/preview', body, signal }),
    },
    jssdk: {
      sign: (body, { signal } = {}) => request({ method: 'POST', path: '/v1/jssdk/signature', body, signal }),
    },
    users: {
      get: (id, { signal } = {}) => request({ method: 'GET', path: user(id), signal }),
      async findByExternalId(externalUserId, { signal } = {}) {
        const query = { external_user_id: externalUserId }
        const page = await request<UserPage>({ method: 'GET', path: '/v1/users', query, signal })
        return page.data[0]
      },
      setExternalId: (id, externalUserId, { signal } = {}) =>
        request({
          method: 'PUT',
          path: `${user(id)}/external_user_id`,
          body: { external_user_id: externalUserId },
          signal,
        }),
      unlink: (id, { signal } = {}) => request({ method: 'DELETE', path: `${user(id)}/binding`, signal }),
      async reach(id, { signal } = {}) {
        const { data } = await request<{ data: Reachability[] }>({ method: 'GET', path: `${user(id)}/reach`, signal })
        return data
      },
      askOneTime: (id, body, { signal } = {}) =>
        request({ method: 'POST', path: `${user(id)}/subscriptions`, body, signal }),
    },
    events: {
      list: ({ after, limit, seconds, signal } = {}) =>
        request({
          method: 'GET',
          path: '/v1/events',
          query: { after, limit, wait: seconds },
          wait: seconds ?? 0,
          signal,
        }),
      follow: (options = {}) => follow(request, options),
    },
  }
}
