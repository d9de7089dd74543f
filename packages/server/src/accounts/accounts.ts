import { randomBytes } from 'node:crypto'
import { type Callback, createCallback, createTokenHolder, createWechatClient, type WechatClient } from '@hufu/wechat'
import { DomainError } from '../errors.ts'
import { base32 } from '../ids.ts'
import type { Live } from '../live/live.ts'
import type { Clock } from '../store/clock.ts'
import { isConstraintViolation, type Store, type Tx } from '../store/store.ts'
import type { AccountRow } from '../store/tables.ts'
import { Secret } from '../vault/secret.ts'
import type { Vault } from '../vault/vault.ts'
import { type Capabilities, capabilitiesOf } from './capabilities.ts'
import { sealedTokenStore } from './credentials.ts'
import { type AccountInput, type AccountSettings, validateAccount, validateVerifyFile } from './input.ts'
import { createPlatformAddresses } from './platform-addresses.ts'
import { createPlatformClock, type PlatformClock } from './platform-clock.ts'
import {
  type AccountChange,
  advanceBackFill,
  type BackFill,
  findVerifyFile,
  forgetRefreshes,
  insertAccount,
  listAccounts,
  listBackFills,
  putVerifyFile,
  updateAccount,
} from './queries.ts'

export { askWechat } from './asking.ts'
export type { Capabilities } from './capabilities.ts'
export { type AccountInput, followScene } from './input.ts'

/** An Official Account ready for use: its callback verified by its own stored mode, its API reachable with its central token. */
export interface Account {
  appid: string
  originalId: string
  name: string
  kind: AccountRow['kind']
  verified: boolean
  simulated: boolean
  mode: AccountRow['mode']
  callbackKey: string
  onUnfollow: AccountRow['on_unfollow']
  welcome: string | undefined
  /** What the account's own QR code says: whoever scans it follows. */
  followQr: string
  /** What the chat speaks where nothing else says it. */
  locale: 'zh-CN' | 'en'
  /** Domains (JS接口安全域名) whose pages may use the JS-SDK, subdomains included. */
  jsDomains: string[]
  /** Accounts of one open platform (微信开放平台) share the unionids of their people. The operator's own name for it. */
  openPlatform: string | undefined
  capabilities: Capabilities
  /** Whether a push may authenticate anyone: a plaintext signature does not cover the body. */
  mayAuthenticate: boolean
  callback: Callback
  client: WechatClient
  /** The fleet's ticket for signing pages (JS-SDK); held like the token. */
  jsapiTicket(): Promise<string>
  platformClock: PlatformClock
}

export interface Accounts {
  /** From memory, at most five seconds old, so that arrivals need no query. */
  byCallbackKey(key: string): Account | undefined
  find(appid: string): Account | undefined
  get(appid: string): Account
  list(): Account[]
  add(input: AccountInput): Promise<Account>
  /** Secrets that are left out stay as they are. */
  change(appid: string, change: AccountSettings): Promise<Account>
  /** Whether the platform's own list (getcallbackip, refreshed daily) names this address; pushes from there are never muted. */
  isPlatformAddress(account: Account, address: string): boolean
  /** Asks the platform for the time, because our clock seems to be wrong; at most once in ten seconds. */
  learnClock(account: Account): void
  /** The callback token, for the check that calls ourselves as WeChat would. */
  revealToken(appid: string): string
  /** Keeps a file of WeChat's console (`MP_verify_….txt`), to be found at the root of our host. */
  addVerifyFile(appid: string, name: string, content: string): Promise<void>
  findVerifyFile(name: string): Promise<string | undefined>
  /** Accounts whose people are still to be recognised by their unionids, and how far that is. */
  listBackFills(): Promise<BackFill[]>
  /** It has come this far; null: to the end. @returns whether nobody was faster */
  advanceBackFill(tx: Tx, backFill: BackFill, to: string | null): Promise<boolean>
  reload(): Promise<void>
  close(): void
}

export interface AccountsDeps {
  store: Store
  vault: Vault
  clock: Clock
  live: Live
  fetch: typeof fetch
  /** The one place where WeChat is not WeChat: simulated accounts talk to this origin. */
  simulatorUrl: string | undefined
  /** Beside a simulator only simulated accounts are served, without one only real ones; the command line sees all. */
  which: 'real' | 'simulated' | 'all'
  onCall?(call: { path: string; errcode: number; ms: number }): void
  log: { error(details: object, message: string): void }
}

const staleAfterMs = 5_000

export async function createAccounts(deps: AccountsDeps): Promise<Accounts> {
  const { store, vault, clock } = deps
  let byAppid = new Map<string, { account: Account; row: AccountRow }>()
  let byKey = new Map<string, Account>()

  async function reload(): Promise<void> {
    const rows = (await listAccounts(store.db)).filter(
      (row) => deps.which === 'all' || (row.simulated === 1) === (deps.which === 'simulated'),
    )
    const next = new Map<string, { account: Account; row: AccountRow }>()
    for (const row of rows) {
      const known = byAppid.get(row.appid)
      const unchanged = known && known.row.updated_at === row.updated_at
      try {
        next.set(row.appid, unchanged ? known : { row, account: assemble(row, known?.account) })
      } catch (error) {
        // One account that cannot be used must not take the others with it.
        deps.log.error({ err: error, appid: row.appid }, 'this account cannot be served as it is configured')
      }
    }
    byAppid = next
    byKey = new Map([...next.values()].map(({ account }) => [account.callbackKey, account]))
  }

  function assemble(row: AccountRow, former: Account | undefined): Account {
    const place = (column: string) => `accounts.${column}.${row.appid}`
    const secret = new Secret(vault.open(place('secret'), row.secret_sealed))
    const platformClock = former?.platformClock ?? createPlatformClock()
    const simulator = row.simulated === 1 ? deps.simulatorUrl : undefined
    const options = {
      appid: row.appid,
      secret: secret.reveal(),
      fetch: deps.fetch,
      now: clock.now,
      onDate: platformClock.learn,
      ...(deps.onCall && { onCall: deps.onCall }),
      ...(simulator && { hosts: { api: [simulator], mp: simulator, open: simulator } }),
    }
    const holder = createTokenHolder({
      fetchToken: () => createWechatClient(options).stableToken(),
      store: sealedTokenStore(deps, row, 'access_token'),
      now: clock.now,
    })
    const client = createWechatClient({ ...options, token: holder })
    const tickets = createTokenHolder({
      fetchToken: async () => {
        const { ticket, expiresIn } = await client.jsapiTicket()
        return { accessToken: ticket, expiresIn }
      },
      store: sealedTokenStore(deps, row, 'jsapi_ticket'),
      now: clock.now,
    })
    return {
      appid: row.appid,
      originalId: row.original_id,
      name: row.name,
      kind: row.kind,
      verified: row.verified === 1,
      simulated: row.simulated === 1,
      mode: row.mode,
      callbackKey: row.callback_key,
      onUnfollow: row.on_unfollow,
      welcome: row.welcome ?? undefined,
      // WeChat's public page with the code: whoever has scanned it follows by pressing the picture.
      followQr: row.follow_qr ?? `${simulator ?? 'https://open.weixin.qq.com'}/qr/code?username=${row.original_id}`,
      locale: row.locale ?? 'zh-CN',
      jsDomains: JSON.parse(row.js_domains ?? '[]'),
      openPlatform: row.open_platform ?? undefined,
      capabilities: capabilitiesOf(row),
      mayAuthenticate: row.mode !== 'plaintext' || row.kind === 'test' || row.allow_plaintext === 1,
      platformClock,
      client,
      jsapiTicket: () => tickets.get(),
      callback: createCallback({
        appid: row.appid,
        originalId: row.original_id,
        mode: row.mode,
        token: vault.open(place('token'), row.token_sealed),
        ...(row.encoding_aes_key_sealed && {
          encodingAesKey: vault.open(place('encoding_aes_key'), row.encoding_aes_key_sealed),
        }),
      }),
    }
  }

  function get(appid: string): Account {
    const account = byAppid.get(appid)?.account
    if (!account) throw new DomainError('not_found', `No account ${appid} is configured here.`)
    return account
  }

  await reload()
  const timer = setInterval(() => {
    reload().catch((error) => deps.log.error({ err: error }, 'accounts could not be read again'))
  }, staleAfterMs).unref()

  const platform = createPlatformAddresses({ clock, log: deps.log })

  return {
    isPlatformAddress: platform.has,
    learnClock: platform.refresh,
    byCallbackKey: (key) => byKey.get(key),
    find: (appid) => byAppid.get(appid)?.account,
    get,
    revealToken(appid) {
      const row = byAppid.get(get(appid).appid)?.row
      return row ? vault.open(`accounts.token.${appid}`, row.token_sealed) : ''
    },
    async addVerifyFile(appid, name, content) {
      get(appid)
      validateVerifyFile(name, content)
      const row = { name, appid, content, created_at: clock.now() }
      await store.write((tx) => putVerifyFile(tx, row))
    },
    findVerifyFile: (name) => findVerifyFile(store.db, name),
    listBackFills: async () => (await listBackFills(store.db)).filter(({ appid }) => byAppid.has(appid)),
    advanceBackFill,
    list: () => [...byAppid.values()].map(({ account }) => account),
    reload,
    close: () => clearInterval(timer),
    async add(input) {
      validateAccount(input)
      const now = clock.now()
      const seal = (column: string, value: string) => vault.seal(`accounts.${column}.${input.appid}`, value)
      const row: AccountRow = {
        appid: input.appid,
        original_id: input.originalId,
        name: input.name,
        kind: input.kind,
        verified: input.verified ? 1 : 0,
        simulated: input.simulated ? 1 : 0,
        mode: input.mode,
        allow_plaintext: input.allowPlaintext ? 1 : 0,
        callback_key: base32(randomBytes(16)),
        secret_sealed: seal('secret', input.secret),
        token_sealed: seal('token', input.token),
        encoding_aes_key_sealed: input.encodingAesKey ? seal('encoding_aes_key', input.encodingAesKey) : null,
        on_unfollow: input.onUnfollow ?? 'keep_index',
        open_platform: input.openPlatform ?? null,
        welcome: input.welcome ?? null,
        follow_qr: input.followQr ?? null,
        locale: input.locale ?? null,
        js_domains: input.jsDomains ? JSON.stringify(input.jsDomains) : null,
        created_at: now,
        updated_at: now,
      }
      try {
        await store.write((tx) => insertAccount(tx, row))
      } catch (error) {
        if (isConstraintViolation(error))
          throw new DomainError('invalid_value', `Account ${input.appid} is configured already.`)
        throw error
      }
      await reload()
      return get(input.appid)
    },
    async change(appid, change) {
      get(appid)
      const seal = (column: string, value: string | undefined) =>
        value && vault.seal(`accounts.${column}.${appid}`, value)
      const secret = seal('secret', change.secret)
      const token = seal('token', change.token)
      const key = seal('encoding_aes_key', change.encodingAesKey)
      const row: AccountChange = {
        updated_at: clock.now(),
        ...(change.name && { name: change.name }),
        ...(change.mode && { mode: change.mode }),
        ...(change.welcome !== undefined && { welcome: change.welcome }),
        ...(change.followQr && { follow_qr: change.followQr }),
        ...(change.locale && { locale: change.locale }),
        ...(change.jsDomains && { js_domains: JSON.stringify(change.jsDomains) }),
        ...(change.openPlatform !== undefined && {
          open_platform: change.openPlatform,
          union_back_fill: change.openPlatform === null ? null : '',
        }),
        ...(secret && { secret_sealed: secret }),
        ...(token && { token_sealed: token }),
        ...(key && { encoding_aes_key_sealed: key }),
      }
      await store.write(async (tx) => {
        await updateAccount(tx, appid, row)
        if (secret) await forgetRefreshes(tx, appid)
      })
      await reload()
      return get(appid)
    },
  }
}
