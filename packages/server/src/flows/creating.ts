import { hash } from 'node:crypto'
import { NetworkError, type Qrcode, WechatError } from '@hufu/wechat'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { createLimiter, type Limiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import { networkOf } from '../network.ts'
import type { Clock } from '../store/clock.ts'
import { isConstraintViolation, type Store } from '../store/store.ts'
import type { FlowEntry, FlowKind } from '../store/tables.ts'
import { maskName } from '../text.ts'
import type { Users } from '../users/users.ts'
import { hashSecret } from '../vault/vault.ts'
import { browserFacts } from './browser.ts'
import {
  accountOf,
  assuranceOf,
  checkBrowser,
  checkExternalUserId,
  checkPurpose,
  checkReauthentication,
  checkReturnTo,
  entryOf,
  type FlowInput,
} from './input.ts'
import { type FlowRow, findFlow, findIdempotencyKey, insertFlow, insertIdempotencyKey } from './queries.ts'
import { type FlowSecrets, newNames, sceneHash } from './secrets.ts'
import type { Verifying } from './verifying.ts'

type Shown = Pick<FlowRow, 'id' | 'entry' | 'scene_hash' | 'ticket' | 'qr_content' | 'chat_index'>

export interface Creating {
  create(app: App, input: FlowInput): Promise<FlowRow>
}

const defaultLife = { login: 180, bind: 300, verify: 300 }
/** WeChat's code lives a little longer than the flow, so that the flow, not the code, decides the end. */
const qrGraceSeconds = 60
const minute = 60_000

export function createCreating(deps: {
  store: Store
  clock: Clock
  accounts: Accounts
  users: Users
  limits: Limits
  secrets: FlowSecrets
  verifying: Pick<Verifying, 'sealPurpose'>
  publicUrl: () => string
}): Creating {
  const { store, clock, accounts, users, limits, secrets } = deps
  const perAddress = createLimiter({ clock, limit: limits.flowsPerAddress, windowMs: minute })
  const perApp = createLimiter({ clock, limit: limits.flowsPerApp, windowMs: minute })
  const perUser = createLimiter({ clock, limit: limits.bindsPerUser, windowMs: 60 * minute })
  /** Same app and Idempotency-Key at the same time: one does the work, the others wait for its answer. */
  const underWay = new Map<string, Promise<FlowRow>>()

  /** What the page shows. A scene that stands in no QR code is one that nobody can scan. */
  async function show(account: Account, kind: FlowKind, entry: FlowEntry | null, seconds: number): Promise<Shown> {
    const { id, scene } = newNames(kind)
    const shown = { id, entry, scene_hash: sceneHash(scene), ticket: '', chat_index: null }
    switch (entry) {
      case null:
        // Who may confirm it is known, and came by a link.
        return { ...shown, qr_content: '' }
      case 'qr': {
        const { ticket, url } = await createQrcode(account, scene, seconds)
        return { ...shown, ticket, qr_content: url }
      }
      case 'page':
        return { ...shown, qr_content: `${deps.publicUrl()}/confirm/${secrets.confirmToken(id)}` }
      case 'chat':
        return { ...shown, qr_content: account.followQr, chat_index: secrets.chatIndex(account.appid, id) }
    }
  }

  async function make(app: App, input: FlowInput): Promise<FlowRow> {
    checkExternalUserId(input)
    checkPurpose(input)
    checkReauthentication(app, input, clock.now())
    checkReturnTo(app, input)
    checkBrowser(input)
    const assurance = assuranceOf(app, input)
    const account = accountOf(accounts, app, input)
    const entry = entryOf(account, app, input)
    const external = input.externalUserId === undefined ? undefined : users.externalKey(app.id, input.externalUserId)
    const named = input.user === undefined ? null : await users.keyOf(app.id, input.user)
    take(perApp, app.id)
    if (input.browser?.ip) take(perAddress, networkOf(input.browser.ip))
    if (input.kind === 'bind' && external) take(perUser, external.index)

    const life = input.expiresIn ?? defaultLife[input.kind]
    const now = clock.now()
    const asked: Omit<FlowRow, keyof Shown | 'purpose_sealed'> = {
      app_id: app.id,
      appid: account.appid,
      kind: input.kind === 'bind' ? 'bind' : 'login',
      state: 'waiting',
      reason: null,
      assurance,
      external_index: external?.index ?? null,
      external_sealed: external?.sealed ?? null,
      named_user: named,
      display_name: input.displayName ? maskName(input.displayName) : null,
      binding_hash: input.browserBinding === undefined ? null : hashSecret(input.browserBinding),
      return_to: input.returnTo ?? null,
      locale: input.locale ?? 'zh-CN',
      browser: JSON.stringify(browserFacts(input.browser?.user_agent)),
      metadata: input.metadata ? JSON.stringify(input.metadata) : null,
      scanner_index: input.link?.openidIndex ?? null,
      scanner_sealed: null,
      profile_sealed: null,
      number_tries: 0,
      code_tries: 0,
      scanned_at: null,
      phone_confirmed_at: null,
      confirmed_at: null,
      code_read_at: null,
      completed_at: null,
      registered_at: null,
      link_id: input.link?.id ?? null,
      created_at: now,
      expires_at: Math.min(now + life * 1000, input.link?.until ?? Number.POSITIVE_INFINITY),
    }
    for (let tries = 1; ; tries++) {
      const shown = await show(account, input.kind, entry, life + qrGraceSeconds)
      const purpose_sealed = input.purpose === undefined ? null : deps.verifying.sealPurpose(shown.id, input.purpose)
      const row: FlowRow = { ...asked, ...shown, purpose_sealed }
      try {
        await insert(row, input)
        return row
      } catch (error) {
        // One code in some millions is somebody else's already: then another one.
        if (entry !== 'chat' || tries === 3 || !isConstraintViolation(error)) throw error
      }
    }
  }

  async function insert(row: FlowRow, input: FlowInput): Promise<void> {
    await store.write(async (tx) => {
      await insertFlow(tx, row)
      if (!input.idempotencyKey) return
      await insertIdempotencyKey(tx, {
        app_id: row.app_id,
        key: input.idempotencyKey,
        request_hash: requestHash(input),
        object_id: row.id,
        created_at: row.created_at,
      })
    })
  }

  async function replay(app: App, input: FlowInput, key: string): Promise<FlowRow | undefined> {
    const known = await findIdempotencyKey(store.db, app.id, key)
    if (!known) return undefined
    if (known.request_hash !== requestHash(input)) {
      throw new DomainError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Use a new one.')
    }
    return findFlow(store.db, known.object_id)
  }

  async function makeOnce(app: App, input: FlowInput, key: string): Promise<FlowRow> {
    const known = await replay(app, input, key)
    if (known) return known
    try {
      return await make(app, input)
    } catch (error) {
      const winner = isConstraintViolation(error) ? await replay(app, input, key) : undefined
      if (winner) return winner
      throw error
    }
  }

  return {
    async create(app, input) {
      const key = input.idempotencyKey
      if (!key) return make(app, input)
      const name = `${app.id} ${key}`
      // Whoever waited looks again: of those whose leader failed, one leads next, and WeChat is asked once at a time.
      for (let ahead = underWay.get(name); ahead; ahead = underWay.get(name)) await ahead.catch(() => {})
      const work = makeOnce(app, input, key).finally(() => underWay.delete(name))
      underWay.set(name, work)
      return work
    },
  }
}

function take(limiter: Limiter, name: string): void {
  const retryAfter = limiter.take(name)
  if (retryAfter > 0)
    throw new DomainError('rate_limited', {
      retryAfter,
      detail: 'Too many flows. Show the visitor a challenge, or wait.',
    })
}

/** Members in the order of their names: two requests that say the same hash the same. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)])
}

function requestHash(input: FlowInput): string {
  return hash('sha256', JSON.stringify(sorted(input)), 'base64url')
}

async function createQrcode(account: Account, scene: string, expireSeconds: number): Promise<Qrcode> {
  try {
    return await account.client.qrcodeCreate({ kind: 'QR_STR_SCENE', scene, expireSeconds })
  } catch (error) {
    if (error instanceof NetworkError) {
      throw new DomainError('wechat_unavailable', {
        retryAfter: 5,
        detail: 'WeChat did not answer. Try again in a moment.',
      })
    }
    if (!(error instanceof WechatError)) throw error
    if (error.retry === 'config') {
      throw new DomainError(
        'account_capability_missing',
        `WeChat refuses QR codes for this account (errcode ${error.errcode}). Run “hufu account check ${account.appid}”.`,
      )
    }
    throw new DomainError('wechat_unavailable', {
      retryAfter: error.retry === 'quota_day' ? 3_600 : error.retry === 'quota_minute' ? 60 : 5,
      detail: `WeChat refused for now (errcode ${error.errcode}).`,
    })
  }
}
