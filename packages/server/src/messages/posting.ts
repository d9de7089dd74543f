import type { Accounts } from '../accounts/accounts.ts'
import type { App } from '../apps/apps.ts'
import { DomainError, sameRequest } from '../errors.ts'
import type { Followers } from '../followers/followers.ts'
import type { Mutes } from '../mutes/mutes.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Permissions } from '../permissions/permissions.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import { isConstraintViolation, type Store } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Template, Templates } from '../templates/templates.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import type { Filling, OneTimeFilling, Via } from './contents.ts'
import { draft } from './drafting.ts'
import { canonical, checkData, checkOneTime, checkPage, checkReply, type MiniProgram, timesOf } from './input.ts'
import type { FailureReason } from './outcomes.ts'
import { findByIdempotencyKey, insertMessage } from './queries.ts'
import { createReach, type Reachability, type Wechat } from './reach.ts'
import { sendJob } from './send-job.ts'
import { refusalOf, refused } from './ways.ts'

/** What is said by a template. */
interface Filled {
  /** WeChat's id of the template, or the name the operator gave it. */
  template: string
  data: Readonly<Record<string, string>>
}

/** A message to one of the app's users, in one way or in several of which the first possible is taken. */
export interface NoticeInput {
  /** `us_…`, or the site's own id of the user. */
  user: string
  template?: Filled
  subscription?: Filled
  /** A one-time subscription message: WeChat's id of its template, and the scene that was allowed. */
  oneTime?: { templateId: string; scene: number; title: string; content: string }
  /** Said in the chat, while the person's own words keep it open. */
  text?: string
  /** The first way that is allowed now; without it there is one way, which is tried. */
  reach?: 'any'
  url?: string
  miniProgram?: MiniProgram
  /** appid; else where the person follows and the template is. */
  account?: string
  /** Milliseconds. */
  sendAt?: number
  notAfter?: number
  idempotencyKey?: string
}

export interface Posting {
  /** Accepts a message; the rest is the outbox's. The same key again is answered with the same message. */
  post(app: App, input: NoticeInput): Promise<MessageRow>
  /** The message as it would be accepted now; reads only. @throws not_found, user_unreachable, invalid_value */
  prepare(app: App, input: NoticeInput): Promise<MessageRow>
  /** Those who follow first, and the app's own account before others. @throws not_found */
  wechatsOf(app: App, userId: string): Promise<Wechat[]>
  /** What may be sent to this user now, for each WeChat of theirs. @throws not_found */
  reachOf(app: App, userId: string): Promise<Reachability[]>
}

interface Way extends Wechat {
  via: Via
  templateId?: string
  scene?: number
  content: string
}

interface Skipped {
  via: Via
  account: string
  reason: FailureReason
}

type Chosen = Way & { skipped: Skipped[] }

const userId = /^us_[a-z2-7]{26}$/

export function createPosting(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  users: Users
  followers: Followers
  templates: Templates
  permissions: Permissions
  quotas: Quotas
  mutes: Pick<Mutes, 'isMuted'>
  outbox: Pick<Outbox, 'enqueue'>
  publicUrl: () => string
}): Posting {
  const { store, vault, clock, accounts, users, templates, outbox } = deps
  const reach = createReach(deps)

  function hashOf({ idempotencyKey: _, ...request }: NoticeInput): string {
    return vault.index('message request', canonical(request))
  }

  async function replay(app: App, input: NoticeInput): Promise<MessageRow | undefined> {
    const { idempotencyKey } = input
    if (idempotencyKey === undefined) return undefined
    return sameRequest(await findByIdempotencyKey(store.db, app.id, idempotencyKey), hashOf(input))
  }

  async function wechatsOf(app: App, { user, account }: NoticeInput): Promise<Wechat[]> {
    if (account !== undefined) accounts.get(account)
    const found = userId.test(user) ? await users.get(app.id, user) : await users.findByExternal(app.id, user)
    if (!found) throw new DomainError('not_found', 'The app has no such user.')
    const wechats = await reach.wechatsOf(app, found.id)
    return account === undefined ? wechats : wechats.filter((wechat) => wechat.account.appid === account)
  }

  /** Of what is allowed when it is to go out: a window that is over by then is none. */
  async function choose(app: App, input: NoticeInput, at: number): Promise<Chosen> {
    const wechats = await wechatsOf(app, input)
    if (wechats.length === 0) {
      const ways = viasOf(input).map((via) => refused(via, 'no_wechat'))
      throw new DomainError('user_unreachable', { detail: 'The user has no WeChat here.', members: { ways } })
    }
    const ways = await waysOf(input, wechats)
    if (input.reach !== 'any') {
      const [only] = ways
      if (only) return { ...only, skipped: [] }
    }
    const skipped: Skipped[] = []
    for (const way of ways) {
      const reason = refusalOf(way, await reach.look(app.id, way, at))
      if (reason === undefined) return { ...way, skipped }
      skipped.push({ via: way.via, account: way.account.appid, reason })
    }
    const errors = skipped.map(({ via, account, reason }) => ({ path: via, message: `${reason} at ${account}` }))
    const refusals = skipped.map(({ via, account, reason }) => ({ account, ...refused(via, reason) }))
    const detail = `None of these ways is allowed ${input.sendAt === undefined ? 'now' : 'at send_at'}.`
    throw new DomainError('user_unreachable', { detail, errors, members: { ways: refusals } })
  }

  /** Every way that was asked for, with every WeChat that it could go to, in the order of preference. @throws invalid_value */
  async function waysOf(input: NoticeInput, wechats: Wechat[]): Promise<Way[]> {
    const ways: Way[] = []
    for (const kind of ['template', 'subscription'] as const) {
      const filled = input[kind]
      if (!filled) continue
      const before = ways.length
      for (const wechat of wechats) {
        const template = await templates.find(store.db, wechat.account.appid, filled.template)
        if (template?.kind === kind)
          ways.push({
            ...wechat,
            via: kind,
            templateId: template.templateId,
            content: fill(kind, template, filled.data, input),
          })
      }
      if (ways.length === before) throw noTemplate(kind, wechats)
    }
    const { oneTime, text } = input
    if (oneTime) {
      const { templateId, scene, title, content } = oneTime
      const filling: OneTimeFilling = { title, content, ...jumpOf(input) }
      for (const wechat of wechats)
        ways.push({ ...wechat, via: 'one_time', templateId, scene, content: JSON.stringify(filling) })
    }
    if (text !== undefined)
      for (const wechat of wechats) ways.push({ ...wechat, via: 'customer_service', content: text })
    return ways
  }

  function fill(kind: string, template: Template, data: Filled['data'], input: NoticeInput): string {
    const flaws = templates.lint(template, data)
    if (flaws.length > 0) {
      const detail = 'WeChat would refuse these values, or show them to nobody.'
      const errors = flaws.map(({ path, message }) => ({
        path: kind === 'template' ? path : `${kind}.${path}`,
        message,
      }))
      throw new DomainError('invalid_value', { detail, errors })
    }
    const filling: Filling = { data: templates.complete(template, data), ...jumpOf(input) }
    return JSON.stringify(filling)
  }

  async function prepare(app: App, input: NoticeInput): Promise<MessageRow> {
    const now = clock.now()
    const { sendAt, notAfter } = timesOf(input, now)
    const chosen = await choose(app, input, sendAt ?? now)
    const { account, openidIndex, isFollowing, isActive, via, content, skipped, ...way } = chosen
    return draft(vault, content, {
      app_id: app.id,
      appid: account.appid,
      openid_index: openidIndex,
      via,
      template_id: way.templateId ?? null,
      scene: way.scene ?? null,
      send_at: sendAt,
      not_after: notAfter,
      created_at: now,
      idempotency_key: input.idempotencyKey ?? null,
      request_hash: input.idempotencyKey === undefined ? null : hashOf(input),
      skipped: skipped.length > 0 ? JSON.stringify(skipped) : null,
      // It fails as if they had just left: what is not to be sent is not kept.
      ...(!(via === 'one_time' ? isActive : isFollowing) && { text_sealed: null }),
    })
  }

  async function make(app: App, input: NoticeInput): Promise<MessageRow> {
    const message = await prepare(app, input)
    await store.write(async (tx) => {
      await insertMessage(tx, message)
      await outbox.enqueue(tx, sendJob(message, message.send_at ?? message.created_at))
    })
    return message
  }

  return {
    prepare,
    wechatsOf: (app, id) => reach.wechatsOf(app, id),
    async reachOf(app, id) {
      return Promise.all((await reach.wechatsOf(app, id)).map((wechat) => reach.look(app.id, wechat)))
    },
    async post(app, input) {
      checkPage(app, input, deps.publicUrl())
      const { title = '', content = '' } = input.oneTime ?? {}
      const values = {
        data: input.template?.data,
        'subscription.data': input.subscription?.data,
        one_time: { title, content },
      }
      checkData(app, values, deps.publicUrl())
      if (input.text !== undefined) checkReply(app, input.text, deps.publicUrl())
      if (input.oneTime) checkOneTime(input.oneTime)
      checkWays(input)
      const known = await replay(app, input)
      if (known) return known
      try {
        return await make(app, input)
      } catch (error) {
        const winner = isConstraintViolation(error) ? await replay(app, input) : undefined
        if (winner) return winner
        throw error
      }
    },
  }
}

/** In the order of preference. */
function viasOf({ template, subscription, oneTime, text }: NoticeInput): Via[] {
  return [
    template && ('template' as const),
    subscription && ('subscription' as const),
    oneTime && ('one_time' as const),
    text !== undefined && ('customer_service' as const),
  ].filter((via) => via !== undefined && via !== false)
}

/** What a tap on it opens. */
function jumpOf({ url, miniProgram }: NoticeInput): Omit<Filling, 'data'> {
  return { ...(url !== undefined && { url }), ...(miniProgram && { miniprogram: miniProgram }) }
}

/** One way, or several with `reach`. */
function checkWays(input: NoticeInput): void {
  const ways = viasOf(input).length
  if (ways === 1 || (ways > 1 && input.reach === 'any')) return
  const message = 'Give one of template, subscription, one_time and text; or several, with "reach": "any".'
  throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'reach', message }] })
}

function noTemplate(path: string, wechats: Wechat[]): DomainError {
  const of = wechats.map(({ account }) => account.appid).join(', ')
  const what = path === 'template' ? 'template message' : 'subscription notice'
  const message = `No template of this name or id for a ${what} at ${of}. See "kind" in GET /v1/templates.`
  return new DomainError('invalid_value', { detail: message, errors: [{ path, message }] })
}
