import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import type { Followers } from '../followers/followers.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import { isConstraintViolation, type Store } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Template, Templates } from '../templates/templates.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import type { Filling } from './contents.ts'
import { draft } from './drafting.ts'
import { checkPage, type MiniProgram } from './input.ts'
import { findByIdempotencyKey, insertMessage } from './queries.ts'
import { type SendJob, sendKinds } from './sending.ts'

/** A notice to one of the app's users, by a template. */
export interface NoticeInput {
  /** `us_…`, or the site's own id of the user. */
  user: string
  /** WeChat's id of the template, or the name the operator gave it. */
  template: string
  data: Readonly<Record<string, string>>
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
  /** Accepts a notice; the rest is the outbox's. The same key again is answered with the same message. */
  post(app: App, input: NoticeInput): Promise<MessageRow>
}

/** A WeChat of the user's to which the template can go. */
interface Way extends Wechat {
  template: Template
}

interface Wechat {
  account: Account
  openidIndex: string
  /** They follow, and have said since then that it is them. */
  isReachable: boolean
}

const dayMs = 24 * 3_600_000
const longestMs = 30 * dayMs
const userId = /^us_[a-z2-7]{26}$/

export function createPosting(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  users: Users
  followers: Followers
  templates: Templates
  outbox: Pick<Outbox, 'enqueue'>
  publicUrl: () => string
}): Posting {
  const { store, vault, clock, accounts, users, followers, templates, outbox } = deps

  function hashOf({ idempotencyKey: _, ...request }: NoticeInput): string {
    return vault.index('message request', JSON.stringify(request, Object.keys(request).sort()))
  }

  async function replay(app: App, input: NoticeInput): Promise<MessageRow | undefined> {
    const { idempotencyKey } = input
    const known = idempotencyKey && (await findByIdempotencyKey(store.db, app.id, idempotencyKey))
    if (!known) return undefined
    if (known.request_hash === hashOf(input)) return known
    throw new DomainError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Use a new one.')
  }

  /** The WeChats of the user, those who follow first, and the app's own account before others. */
  async function wechatsOf(app: App, user: string, only: string | undefined): Promise<Wechat[]> {
    const found = userId.test(user) ? await users.get(app.id, user) : await users.findByExternal(app.id, user)
    if (!found) throw new DomainError('not_found', 'The app has no such user.')
    const wechats = await users.wechatsOfApp(app.id, found.id)
    const all = await Promise.all(
      wechats.map(async ({ appid, index, isActive }) => {
        const account = accounts.find(appid)
        const row = await followers.find(store.db, appid, index)
        const isReachable = isActive && row?.unfollowed_at === null && row.openid_sealed !== null
        return { account, openidIndex: index, isReachable, rank: (isReachable ? 0 : 2) + (appid === app.appid ? 0 : 1) }
      }),
    )
    return all
      .sort((a, b) => a.rank - b.rank)
      .flatMap(({ account, ...way }) =>
        account && (only === undefined || account.appid === only) ? [{ account, ...way }] : [],
      )
  }

  async function choose(app: App, input: NoticeInput): Promise<Way> {
    if (input.account !== undefined) accounts.get(input.account)
    const wechats = await wechatsOf(app, input.user, input.account)
    if (wechats.length === 0) throw new DomainError('user_unreachable', 'The user has no WeChat here.')
    for (const wechat of wechats) {
      const template = await templates.find(store.db, wechat.account.appid, input.template)
      if (template) return { ...wechat, template }
    }
    const of = wechats.map(({ account }) => account.appid).join(', ')
    const message = `No template of this name or id at ${of}. See GET /v1/templates.`
    throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'template', message }] })
  }

  function timesOf({ sendAt, notAfter }: NoticeInput, now: number): { sendAt: number | null; notAfter: number } {
    const from = Math.max(now, sendAt ?? now)
    const until = notAfter ?? from + dayMs
    const wrong = (path: string, message: string) =>
      new DomainError('invalid_value', { detail: message, errors: [{ path, message }] })
    if (from > now + longestMs) throw wrong('send_at', 'At most 30 days from now.')
    if (until <= from || until > from + longestMs)
      throw wrong('not_after', 'After the sending, and at most 30 days after it.')
    return { sendAt: from > now ? from : null, notAfter: until }
  }

  async function make(app: App, input: NoticeInput): Promise<MessageRow> {
    const { account, openidIndex, isReachable, template } = await choose(app, input)
    const flaws = templates.lint(template, input.data)
    if (flaws.length > 0) {
      const detail = 'WeChat would refuse these values, or show them to nobody.'
      throw new DomainError('invalid_value', { detail, errors: flaws })
    }
    const filling: Filling = {
      data: input.data,
      ...(input.url !== undefined && { url: input.url }),
      ...(input.miniProgram && { miniprogram: input.miniProgram }),
    }
    const now = clock.now()
    const { sendAt, notAfter } = timesOf(input, now)
    const message = draft(vault, JSON.stringify(filling), {
      app_id: app.id,
      appid: account.appid,
      openid_index: openidIndex,
      via: template.kind,
      template_id: template.templateId,
      send_at: sendAt,
      not_after: notAfter,
      created_at: now,
      idempotency_key: input.idempotencyKey ?? null,
      request_hash: input.idempotencyKey === undefined ? null : hashOf(input),
      // It fails as if they had just left: what is not to be sent is not kept.
      ...(!isReachable && { text_sealed: null }),
    })
    await store.write(async (tx) => {
      await insertMessage(tx, message)
      const payload = { message: message.id } satisfies SendJob
      await outbox.enqueue(tx, { kind: sendKinds.messages, payload, runAt: sendAt ?? now })
    })
    return message
  }

  return {
    async post(app, input) {
      checkPage(app, input, deps.publicUrl())
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
