import { isIP } from 'node:net'
import type { Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { DomainError, sameRequest } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { browserFacts } from '../flows/flows.ts'
import type { Followers } from '../followers/followers.ts'
import { newId, renamed } from '../ids.ts'
import { createLimiter, type Limiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import type { Messages } from '../messages/messages.ts'
import { networkOf } from '../network.ts'
import type { Job, Outbox } from '../outbox/outbox.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Templates } from '../templates/templates.ts'
import { hasControlCharacters } from '../text.ts'
import { createTogether } from '../together.ts'
import type { Keeper, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { type Asked, askedPlace, createDelivering } from './delivering.ts'
import { createCodeKeeper } from './keeping.ts'
import {
  type CodeRow,
  countCodeTry,
  countInARow,
  deleteCodesBefore,
  deleteTriesBefore,
  deleteTriesOf,
  endCodes,
  findCode,
  insertCode,
  keepRequest,
  listCodeTimes,
  listWrongTries,
  type Request,
  useCode,
  type Whose,
} from './queries.ts'
import { createCodeSecrets } from './secrets.ts'

export interface CodeInput {
  /** `us_…`, or the site's own id. */
  user: string
  purpose: string
  browserBinding?: string
  account?: string
  locale?: string
  browser?: { ip?: string; user_agent?: string }
  /** The same key and request again, within seven days, is answered with the same code, and nothing more is sent. */
  idempotencyKey?: string
}

export interface CodeTry {
  code: string
  purpose: string
  browserBinding?: string
}

/** Six digits that go to a user's WeChat, for one purpose. */
export interface Codes {
  /** The same, by the same work, for users known and unknown. @throws rate_limited */
  issue(app: App, input: CodeInput): Promise<{ id: string; expiresAt: number; resendAfter: number }>
  /** Right once. @throws not_found, code_invalid, rate_limited, too_many_tries */
  check(app: App, id: string, said: CodeTry): Promise<void>
  keeper: Keeper
  /** Job: makes the message. */
  deliver(job: Job): Promise<void>
  forget(job: Job): Promise<void>
}

type Checked = { outcome: 'right' | 'stopped' } | { outcome: 'wrong'; left: number } | { outcome: 'wait'; ms: number }

const busy: Checked = { outcome: 'wait', ms: 1_000 }
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const lifeMs = 5 * minuteMs
const everyMs = minuteMs
const triesPerCode = 5
const mostInARow = 100
const atOnce = 500
export const deliverKind = 'codes.deliver'

export function createCodes(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  apps: Apps
  users: Users
  followers: Followers
  events: Events
  templates: Templates
  messages: Messages
  quotas: Pick<Quotas, 'findPause'>
  outbox: Pick<Outbox, 'enqueue'>
  limits: Limits
}): Codes {
  const { store, vault, clock, accounts, users, messages, outbox, limits } = deps
  const secrets = createCodeSecrets(vault)
  const perApp = createLimiter({ clock, limit: limits.wechatCodesPerApp, windowMs: hourMs })
  const perAddress = createLimiter({ clock, limit: limits.wechatCodesPerAddress, windowMs: hourMs })

  /** One at a time for each user, so that what is counted stays true until it is written. */
  const hold = (tx: Tx, { appId, userKey }: Whose) => store.hold(tx, `codes ${appId} ${userKey}`)

  async function refuseTooMany(tx: Tx, whose: Whose, now: number): Promise<void> {
    const times = await listCodeTimes(tx, whose, now - dayMs)
    const [ofDay, ofHour, last] = [
      times.at(-limits.wechatCodesPerDay),
      times.at(-limits.wechatCodesPerHour),
      times.at(-1),
    ]
    const until = Math.max(
      ofDay === undefined ? 0 : ofDay + dayMs,
      ofHour === undefined ? 0 : ofHour + hourMs,
      last === undefined ? 0 : last + everyMs,
    )
    if (until > now) throw tooMany(until - now)
  }

  function rowOf(app: App, userKey: string, input: CodeInput): CodeRow {
    const id = newId('vc')
    const { browser, os } = browserFacts(input.browser?.user_agent)
    const asked: Asked = {
      purpose: input.purpose,
      place: [browser, os].filter(Boolean).join(' '),
      locale: input.locale ?? 'zh-CN',
    }
    const now = clock.now()
    return {
      id,
      app_id: app.id,
      user_key: userKey,
      purpose_index: secrets.purposeIndex(app.id, input.purpose),
      binding_index: secrets.bindingIndex(app.id, input.browserBinding),
      asked_appid: input.account ?? null,
      asked_sealed: vault.seal(askedPlace(id), JSON.stringify(asked)),
      appid: null,
      openid_index: null,
      tries: 0,
      created_at: now,
      expires_at: now + lifeMs,
      dispatched_at: null,
      used_at: null,
      ended_at: null,
    }
  }

  /** Kept apart from the code, and longer; of the site's key only what tells whether it is the same. */
  function requestOf(row: CodeRow, { idempotencyKey, ...input }: CodeInput): Request | undefined {
    if (idempotencyKey === undefined) return undefined
    const { user, purpose, browserBinding, account, locale, browser } = input
    const said = [user, purpose, browserBinding, account, locale, browser?.ip, browser?.user_agent]
    return {
      app_id: row.app_id,
      key: vault.index('code request key', idempotencyKey),
      request_hash: vault.index('code request', JSON.stringify(said)),
      object_id: row.id,
      created_at: row.created_at,
    }
  }

  /** @returns the request that was answered under this key before */
  async function replay(tx: Tx, request: Request): Promise<Request | undefined> {
    return sameRequest(await keepRequest(tx, request), request.request_hash)
  }

  /** So many tries at once at one user's codes as can count: more would only wait for these. */
  const underWay = createTogether(triesPerCode)

  async function look(tx: Tx, code: CodeRow, said: CodeTry): Promise<Checked> {
    const whose = { appId: code.app_id, userKey: code.user_key }
    await hold(tx, whose)
    const now = clock.now()
    const wrong = await listWrongTries(tx, whose, now - hourMs - lifeMs)
    const [oldest] = wrong
    if (oldest && wrong.reduce((sum, row) => sum + row.wrong, 0) >= limits.wrongCodesPerHour) {
      return { outcome: 'wait', ms: oldest.at + hourMs + lifeMs - now }
    }
    const tries = await countCodeTry(tx, code.id, triesPerCode, now)
    if (tries === undefined) return spent(await findCode(tx, code.id), now) ?? { outcome: 'wrong', left: 0 }
    if (!(await countInARow(tx, whose, mostInARow, now))) return { outcome: 'stopped' }
    if (!secrets.isRight(code, { ...said, binding: said.browserBinding }) || !(await useCode(tx, code.id, now))) {
      return { outcome: 'wrong', left: triesPerCode - tries }
    }
    await deleteTriesOf(tx, whose)
    return { outcome: 'right' }
  }

  return {
    keeper: createCodeKeeper(deps),
    deliver: createDelivering({ ...deps, secrets, lifeMs, mostInARow }),
    async issue(app, input) {
      checkInput(input)
      if (input.account !== undefined) accounts.get(input.account)
      const row = rowOf(app, await users.keyOf(app.id, input.user), input)
      const whose = { appId: app.id, userKey: row.user_key }
      // Once, also where the transaction runs again.
      let isPaid = false
      const request = requestOf(row, input)
      const { id, at } = await store.write(async (tx) => {
        await hold(tx, whose)
        const known = request && (await replay(tx, request))
        if (known) return { id: known.object_id, at: known.created_at }
        await refuseTooMany(tx, whose, row.created_at)
        // The address is only the app's word: what it claims binds nobody else.
        if (!isPaid && input.browser?.ip) take(perAddress, `${app.id} ${networkOf(input.browser.ip)}`)
        if (!isPaid) take(perApp, app.id)
        isPaid = true
        const ended = await endCodes(tx, { ...whose, purposeIndex: row.purpose_index }, row.created_at)
        for (const former of ended) await messages.withdraw(tx, app.id, renamed('ms', former))
        await insertCode(tx, row)
        // Without a time after which it would be dropped: the site is told when it comes too late.
        await outbox.enqueue(tx, { kind: deliverKind, payload: row.id, queue: app.id })
        return { id: row.id, at: row.created_at }
      })
      return { id, expiresAt: at + lifeMs, resendAfter: everyMs / 1000 }
    },
    async check(app, id, said) {
      const code = await findCode(store.db, id)
      if (code?.app_id !== app.id) throw new DomainError('not_found')
      const checked =
        spent(code, clock.now()) ??
        (await underWay(`${app.id} ${code.user_key}`, () => store.write((tx) => look(tx, code, said)))) ??
        busy
      switch (checked.outcome) {
        case 'right':
          return
        case 'wrong':
          throw new DomainError('code_invalid', { members: { tries_left: checked.left } })
        case 'wait':
          throw tooMany(checked.ms)
        case 'stopped':
          throw new DomainError('too_many_tries', 'A hundred wrong codes in a row: this user gets none for 30 days.')
      }
    },
    async forget({ write }) {
      const now = clock.now()
      // A day is what the limits look back over.
      while ((await write((tx) => deleteCodesBefore(tx, now - dayMs - hourMs, atOnce))) === atOnce);
      while ((await write((tx) => deleteTriesBefore(tx, now - 30 * dayMs, atOnce))) === atOnce);
    },
  }
}

/** What is known without a lock, for nothing of it comes back. @returns undefined: it may have a try left */
function spent(row: CodeRow | undefined, now: number): Checked | undefined {
  const isOver = !row || row.used_at !== null || row.ended_at !== null || row.expires_at <= now
  if (isOver) return { outcome: 'wrong', left: 0 }
  return row.tries >= triesPerCode ? { outcome: 'wait', ms: row.created_at + everyMs - now } : undefined
}

function tooMany(ms: number): DomainError {
  return new DomainError('rate_limited', { retryAfter: Math.max(1, Math.ceil(ms / 1000)) })
}

function take(limiter: Limiter, name: string): void {
  const retryAfter = limiter.take(name)
  if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
}

function checkInput({ purpose, browser }: CodeInput): void {
  const refuse = (path: string, message: string) => {
    throw new DomainError('invalid_value', { detail: message, errors: [{ path, message }] })
  }
  if (purpose.trim() === '' || hasControlCharacters(purpose))
    refuse('purpose', 'A purpose is 1 to 64 printable characters: the person reads it.')
  if (browser?.ip !== undefined && isIP(browser.ip.replace(/%.*$/, '')) === 0)
    refuse('browser.ip', 'One IP address is expected, the visitor’s as your server saw it.')
}
