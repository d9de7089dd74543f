import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Account, type AccountInput, createAccounts } from '../../packages/server/src/accounts/accounts.ts'
import { createApps } from '../../packages/server/src/apps/apps.ts'
import { createLive } from '../../packages/server/src/live/live.ts'
import { systemClock } from '../../packages/server/src/store/clock.ts'
import { openStore } from '../../packages/server/src/store/store.ts'
import { readKeyFile } from '../../packages/server/src/vault/keyfile.ts'
import { openVault } from '../../packages/server/src/vault/vault.ts'
import type { CallbackMode } from '../load/push.ts'
import { type BenchDatabase, type Engine, openDatabase } from './database.ts'

export const ORIGIN = 'https://bench.example'

/** What was set up before the server starts: two accounts, two apps. */
export interface World {
  readonly database: BenchDatabase
  readonly keyFile: string
  readonly dataDir: string
  readonly accounts: Readonly<Record<CallbackMode, AccountInput & Pick<Account, 'callbackKey'>>>
  /** A person as the server finds them among its followers. */
  followerOf(appid: string, openid: string): { readonly index: string; readonly sealed: Uint8Array }
  /** API keys, by what a scan leads to. */
  readonly apiKeys: Readonly<Record<Outcome, string>>
}

/** What the scan makes of a flow: `scanned` under assurance `tap`, `confirmed` under `instant`. */
export type Outcome = 'scanned' | 'confirmed'

/** Written through the server's own modules, as its command line does; the process under measure only reads it. */
export async function createWorld(directory: string, engine: Engine): Promise<World> {
  const [dataDir, keyFile] = [join(directory, 'data'), join(directory, 'hufu.key')]
  const databaseFile = join(dataDir, 'hufu.sqlite')
  const clock = systemClock()
  const log = { error: console.error }
  const database = await openDatabase(engine, databaseFile)
  const store = await openStore({ sqlitePath: databaseFile, databaseUrl: database.url })
  const vault = await openVault({ store, clock, key: readKeyFile(keyFile, { create: true }) })
  const accounts = await createAccounts({
    store,
    vault,
    clock,
    live: createLive(store),
    fetch,
    simulatorUrl: undefined,
    which: 'simulated',
    log,
  })
  const apps = await createApps({ store, clock, log, which: 'simulated', publicUrl: () => 'http://localhost' })
  try {
    const addAccount = async (mode: CallbackMode) => {
      const input = accountInput(mode)
      return { ...input, callbackKey: (await accounts.add(input)).callbackKey }
    }
    const addApp = async (loginAssurance: 'tap' | 'instant') => {
      const { apiKey } = await apps.add({ name: `Bench ${loginAssurance}`, allowedOrigins: [ORIGIN], loginAssurance })
      return apiKey
    }
    return {
      database,
      keyFile,
      dataDir,
      followerOf(appid, openid) {
        const index = vault.index(`wechat ${appid}`, openid)
        return { index, sealed: vault.seal(`openid.${appid}.${index}`, openid) }
      },
      accounts: { plaintext: await addAccount('plaintext'), safe: await addAccount('safe') },
      apiKeys: { scanned: await addApp('tap'), confirmed: await addApp('instant') },
    }
  } finally {
    accounts.close()
    apps.close()
    await store.close()
  }
}

/** Plaintext mode is a test account's: a real one may not log anyone in without encryption. */
function accountInput(mode: CallbackMode): AccountInput & { readonly encodingAesKey: string } {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
  return {
    appid: `wxsim${hex(6)}0`,
    originalId: `gh_${hex(6)}`,
    name: `Bench ${mode}`,
    kind: mode === 'plaintext' ? 'test' : 'service',
    verified: true,
    simulated: true,
    mode,
    secret: hex(16),
    token: hex(16),
    encodingAesKey: `${hex(21)}0`,
  }
}
