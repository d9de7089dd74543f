import { randomBytes } from 'node:crypto'
import { DomainError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { AppRow, Assurance, FlowKind } from '../store/tables.ts'
import { hashSecret } from '../vault/vault.ts'
import { type AppInput, validateApp } from './input.ts'
import { insertApiKey, insertApp, listApiKeys, listApps, revokeApiKeys, updateApp } from './queries.ts'

export type { AppInput } from './input.ts'

/** A relying website. */
export interface App {
  id: string
  name: string
  allowedOrigins: string[]
  returnUrls: string[]
  scopes: Scope[]
  assurance: Record<FlowKind, Assurance>
  registration: AppRow['registration']
  /** Seconds within which the site must have authenticated its user again before a bind; undefined: it need not. */
  reauthenticateWithin: number | undefined
  /** The account its flows use unless they name one. */
  appid: string | undefined
}

/** `openid`, `unionid`: redeem answers them. `conflicts`: who wanted what belongs to somebody else. */
export type Scope = 'openid' | 'unionid' | 'conflicts'

export interface Apps {
  find(id: string): App | undefined
  get(id: string): App
  list(): App[]
  /** The app of an API key (`hk_…`), if the key is live. */
  byApiKey(key: string): App | undefined
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

/** Appids of the simulator; WeChat's own go on with hex digits. */
const simulatedPrefix = 'wxsim'

const staleAfterMs = 5_000

export async function createApps(deps: {
  store: Store
  clock: Clock
  /** Without a simulator, apps of a simulated account are not served: their keys stand in demo.json. */
  which: 'real' | 'simulated' | 'all'
  log: { error(details: object, message: string): void }
}): Promise<Apps> {
  const { store, clock } = deps
  let byId = new Map<string, App>()
  let byKeyHash = new Map<string, App>()
  let origins = new Set<string>()

  async function reload(): Promise<void> {
    const [all, keys] = [await listApps(store.db), await listApiKeys(store.db)]
    const rows = all.filter((row) => deps.which !== 'real' || !row.appid?.startsWith(simulatedPrefix))
    byId = new Map(rows.map((row) => [row.id, appOf(row)]))
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

  await reload()
  const timer = setInterval(() => {
    reload().catch((error) => deps.log.error({ err: error }, 'apps could not be read again'))
  }, staleAfterMs).unref()

  return {
    find: (id) => byId.get(id),
    get,
    list: () => [...byId.values()],
    byApiKey: (key) => byKeyHash.get(hashSecret(key)),
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

const defaults = {
  returnUrls: [],
  scopes: [],
  loginAssurance: 'tap',
  bindAssurance: 'code',
  registration: 'site',
} satisfies Partial<AppInput>

function rowOf(
  input: (AppInput & typeof defaults) | (Required<Omit<AppInput, 'reauthenticateWithin' | 'appid'>> & AppInput),
): Omit<AppRow, 'id' | 'created_at'> {
  return {
    name: input.name,
    allowed_origins: JSON.stringify(input.allowedOrigins),
    return_urls: JSON.stringify(input.returnUrls),
    scopes: JSON.stringify(input.scopes),
    login_assurance: input.loginAssurance,
    bind_assurance: input.bindAssurance,
    registration: input.registration,
    reauthenticate_within: input.reauthenticateWithin ?? null,
    appid: input.appid ?? null,
  }
}

function appOf(row: AppRow): App {
  return {
    id: row.id,
    name: row.name,
    allowedOrigins: JSON.parse(row.allowed_origins),
    returnUrls: JSON.parse(row.return_urls),
    scopes: JSON.parse(row.scopes),
    assurance: { login: row.login_assurance, bind: row.bind_assurance },
    registration: row.registration,
    reauthenticateWithin: row.reauthenticate_within ?? undefined,
    appid: row.appid ?? undefined,
  }
}

function inputOf(app: App): Required<Omit<AppInput, 'reauthenticateWithin' | 'appid'>> & AppInput {
  return {
    name: app.name,
    allowedOrigins: app.allowedOrigins,
    returnUrls: app.returnUrls,
    scopes: app.scopes,
    loginAssurance: app.assurance.login,
    bindAssurance: app.assurance.bind,
    registration: app.registration,
    ...(app.reauthenticateWithin !== undefined && { reauthenticateWithin: app.reauthenticateWithin }),
    ...(app.appid && { appid: app.appid }),
  }
}
