import { randomBytes } from 'node:crypto'
import { DomainError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { AppRow, Assurance, CredentialMethod, FlowEntry, FlowKind, VerifyAssurance } from '../store/tables.ts'
import { hashSecret } from '../vault/vault.ts'
import { type AppInput, validateApp } from './input.ts'
import { ensureApp, insertApiKey, insertApp, listApiKeys, listApps, revokeApiKeys, updateApp } from './queries.ts'

export type { AppInput } from './input.ts'

/** A relying website. */
export interface App {
  id: string
  name: string
  allowedOrigins: string[]
  returnUrls: string[]
  scopes: Scope[]
  assurance: Record<FlowKind, Assurance>
  /** Where approvals need something else than binds do. */
  verifyAssurance: VerifyAssurance | undefined
  /**
   * What becomes of somebody who is unknown: `auto` makes a user, `site` lets the site register them, and with methods Hufu does, by an
   * e-mail address or a phone number.
   */
  registration: 'auto' | 'site' | CredentialMethod[]
  /** Seconds within which the site must have authenticated its user again before a bind; undefined: it need not. */
  reauthenticateWithin: number | undefined
  /** Seconds for which a push waits for this site's reply; undefined: it does not. */
  replyWithin: number | undefined
  /** The account its flows use unless they name one. */
  appid: string | undefined
  /** Where people arrive who begin in WeChat; undefined: the app takes no links. */
  linkUrl: string | undefined
  /** Whether people are told in the chat that somebody came in by their WeChat. */
  signInNotices: boolean
  /** Whether people may let it see their WeChat nickname and avatar. */
  asksProfile: boolean
  /** appids of the mini programs that its notices may open. */
  miniPrograms: string[]
  /** How its flows are entered where the account can do it; undefined: as the account can. */
  entry: FlowEntry | undefined
}

/** `openid`, `unionid`: redeem answers them. `replies`: it writes its account's replies and menu. `conflicts`: who wanted what belongs to somebody else. */
export type Scope = 'openid' | 'unionid' | 'replies' | 'conflicts'

export interface Apps {
  /** Hufu itself, whose pages people log in to as they do to a site. In no list. */
  own(): App
  find(id: string): App | undefined
  get(id: string): App
  list(): App[]
  /** The app of an API key (`hk_…`), if the key is live. */
  byApiKey(key: string): App | undefined
  /** Refuses an app that may not write what this account answers and offers. Another app's account is as good as none. */
  mayWrite(id: string, appid: string): void
  /** Whether any app allows this origin: what a CORS preflight, which carries no credential, may know. */
  allowsOrigin(origin: string): boolean
  /** @returns the app and its first API key, which is shown this once */
  add(input: AppInput): Promise<{ app: App; apiKey: string }>
  change(id: string, change: Partial<AppInput>): Promise<App>
  /** @returns the key, shown this once */
  addApiKey(id: string, options: { revokeOthers: boolean }): Promise<string>
  reload(): Promise<void>
  close(): void
}

/** There before any other, on every installation. */
const ownId = 'ap_hufu'

/** Appids of the simulator; WeChat's own go on with hex digits. */
const simulatedPrefix = 'wxsim'

const staleAfterMs = 5_000

export async function createApps(deps: {
  store: Store
  clock: Clock
  /** Without a simulator, apps of a simulated account are not served: their keys stand in demo.json. */
  which: 'real' | 'simulated' | 'all'
  /** The origin of Hufu's own pages. */
  publicUrl: () => string
  log: { error(details: object, message: string): void }
}): Promise<Apps> {
  const { store, clock } = deps
  let byId = new Map<string, App>()
  let byKeyHash = new Map<string, App>()
  let origins = new Set<string>()

  async function reload(): Promise<void> {
    const [all, keys] = [await listApps(store.db), await listApiKeys(store.db)]
    const rows = all.filter((row) => deps.which !== 'real' || !row.appid?.startsWith(simulatedPrefix))
    byId = new Map(rows.map((row) => [row.id, row.id === ownId ? ownAppOf(row) : appOf(row)]))
    byKeyHash = new Map(
      keys.flatMap((key) => {
        const app = byId.get(key.app_id)
        return app ? [[key.secret_hash, app] as const] : []
      }),
    )
    origins = new Set([...byId.values()].flatMap((app) => app.allowedOrigins))
  }

  function get(id: string): App {
    const app = byId.get(id)
    if (!app) throw new DomainError('not_found', `There is no app ${id}.`)
    return app
  }

  /** Six digits: whoever is in may unlink, export and erase. */
  function ownAppOf(row: AppRow): App {
    return Object.defineProperty(appOf(row), 'allowedOrigins', { get: () => [deps.publicUrl()], enumerable: true })
  }

  await store.write((tx) =>
    ensureApp(tx, {
      ...rowOf({ ...defaults, name: 'Hufu', allowedOrigins: [], loginAssurance: 'code' }),
      id: ownId,
      created_at: clock.now(),
    }),
  )
  await reload()
  const timer = setInterval(() => {
    reload().catch((error) => deps.log.error({ err: error }, 'apps could not be read again'))
  }, staleAfterMs).unref()

  return {
    find: (id) => byId.get(id),
    get,
    own: () => get(ownId),
    list: () => [...byId.values()].filter(({ id }) => id !== ownId),
    byApiKey: (key) => byKeyHash.get(hashSecret(key)),
    mayWrite(id, appid) {
      const app = get(id)
      if (!app.scopes.includes('replies'))
        throw new DomainError('scope_missing', `Let the operator run: hufu app set ${id} --scope replies`)
      if (app.appid !== appid) throw new DomainError('not_found')
    },
    allowsOrigin: (origin) => origins.has(origin),
    reload,
    close: () => clearInterval(timer),
    async add(input) {
      validateApp(input)
      const row: AppRow = { ...rowOf({ ...defaults, ...input }), id: newId('ap'), created_at: clock.now() }
      const apiKey = newApiKey()
      await store.write(async (tx) => {
        await insertApp(tx, row)
        await insertApiKey(tx, {
          id: newId('ak'),
          app_id: row.id,
          secret_hash: hashSecret(apiKey),
          created_at: clock.now(),
        })
      })
      await reload()
      return { app: get(row.id), apiKey }
    },
    async change(id, change) {
      const app = get(id)
      const input = { ...inputOf(app), ...change }
      validateApp(input)
      await store.write((tx) => updateApp(tx, id, rowOf(input)))
      await reload()
      return get(id)
    },
    async addApiKey(id, { revokeOthers }) {
      get(id)
      const apiKey = newApiKey()
      await store.write(async (tx) => {
        if (revokeOthers) await revokeApiKeys(tx, id, clock.now())
        await insertApiKey(tx, {
          id: newId('ak'),
          app_id: id,
          secret_hash: hashSecret(apiKey),
          created_at: clock.now(),
        })
      })
      await reload()
      return apiKey
    },
  }
}

function newApiKey(): string {
  return `hk_${randomBytes(32).toString('base64url')}`
}

/** What an app may do without. */
type Optional = 'verifyAssurance' | 'reauthenticateWithin' | 'replyWithin' | 'appid' | 'linkUrl' | 'entry'

const defaults = {
  returnUrls: [],
  scopes: [],
  loginAssurance: 'tap',
  bindAssurance: 'code',
  registration: 'site',
  signInNotices: true,
  asksProfile: false,
  miniPrograms: [],
} satisfies Partial<AppInput>

function rowOf(
  input: (AppInput & typeof defaults) | (Required<Omit<AppInput, Optional>> & AppInput),
): Omit<AppRow, 'id' | 'created_at'> {
  return {
    name: input.name,
    allowed_origins: JSON.stringify(input.allowedOrigins),
    return_urls: JSON.stringify(input.returnUrls),
    scopes: JSON.stringify(input.scopes),
    login_assurance: input.loginAssurance,
    bind_assurance: input.bindAssurance,
    verify_assurance: input.verifyAssurance ?? null,
    registration: typeof input.registration === 'string' ? input.registration : 'site',
    registration_methods: typeof input.registration === 'string' ? null : JSON.stringify(input.registration),
    reauthenticate_within: input.reauthenticateWithin ?? null,
    reply_within: input.replyWithin || null,
    appid: input.appid ?? null,
    link_url: input.linkUrl ?? null,
    sign_in_notices: input.signInNotices ? 1 : 0,
    asks_profile: input.asksProfile ? 1 : 0,
    mini_programs: input.miniPrograms.length > 0 ? JSON.stringify(input.miniPrograms) : null,
    entry: input.entry ?? null,
  }
}

function appOf(row: AppRow): App {
  return {
    id: row.id,
    name: row.name,
    allowedOrigins: JSON.parse(row.allowed_origins),
    returnUrls: JSON.parse(row.return_urls),
    scopes: JSON.parse(row.scopes),
    assurance: {
      login: row.login_assurance,
      bind: row.bind_assurance,
      verify: row.verify_assurance ?? (row.bind_assurance === 'instant' ? 'tap' : row.bind_assurance),
    },
    verifyAssurance: row.verify_assurance ?? undefined,
    registration: row.registration_methods ? JSON.parse(row.registration_methods) : row.registration,
    reauthenticateWithin: row.reauthenticate_within ?? undefined,
    replyWithin: row.reply_within ?? undefined,
    appid: row.appid ?? undefined,
    linkUrl: row.link_url ?? undefined,
    signInNotices: row.sign_in_notices === 1,
    asksProfile: row.asks_profile === 1,
    miniPrograms: row.mini_programs ? JSON.parse(row.mini_programs) : [],
    entry: row.entry ?? undefined,
  }
}

function inputOf(app: App): Required<Omit<AppInput, Optional>> & AppInput {
  return {
    name: app.name,
    allowedOrigins: app.allowedOrigins,
    returnUrls: app.returnUrls,
    scopes: app.scopes,
    loginAssurance: app.assurance.login,
    bindAssurance: app.assurance.bind,
    registration: app.registration,
    signInNotices: app.signInNotices,
    asksProfile: app.asksProfile,
    miniPrograms: app.miniPrograms,
    ...(app.verifyAssurance && { verifyAssurance: app.verifyAssurance }),
    ...(app.reauthenticateWithin !== undefined && { reauthenticateWithin: app.reauthenticateWithin }),
    ...(app.replyWithin !== undefined && { replyWithin: app.replyWithin }),
    ...(app.appid && { appid: app.appid }),
    ...(app.linkUrl && { linkUrl: app.linkUrl }),
    ...(app.entry && { entry: app.entry }),
  }
}
