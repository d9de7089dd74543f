import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { AlreadyServed } from '../src/store/lock.ts'
import { openStore } from '../src/store/store.ts'
import { KeyProblem } from '../src/vault/keyfile.ts'

let folder: string
let config: Config
const log = pino({ level: 'silent' })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-test-'))
  config = loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: join(folder, 'data'),
    HUFU_SECRET_KEY_FILE: join(folder, 'key'),
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const realAccount = {
  appid: 'wx1234567890abcdef',
  originalId: 'gh_0123456789ab',
  name: 'real',
  kind: 'service',
  verified: true,
  mode: 'safe',
  secret: 'a'.repeat(32),
  token: 'b'.repeat(24),
  encodingAesKey: 'c'.repeat(43),
} as const

describe('one installation', () => {
  test('is served by one server; commands work beside it; the next one may take over', async () => {
    const first = await createApp(config, { log })
    await first.listen()
    const command = await createApp(config, { log, accounts: 'all', beside: true })
    await command.apps.add({ name: 'beside', allowedOrigins: [] })
    await command.close()
    // Before it opens the file, which may be about to be replaced by a backup.
    await expect(createApp(config, { log })).rejects.toThrow(AlreadyServed)
    await first.close()
    const second = await createApp(config, { log })
    await expect(second.listen()).resolves.toMatch(/^http/)
    await second.close()
  })

  test('never makes a new key for a database that has one', async () => {
    await (await createApp(config, { log })).close()
    rmSync(config.keyFile)
    await expect(createApp(config, { log })).rejects.toThrow(KeyProblem)
    await expect(createApp(config, { log })).rejects.toThrow('Put it back')
  })

  test('serves real accounts or simulated ones, never both, nor the apps of the others', async () => {
    const all = await createApp(config, { log, accounts: 'all' })
    const simulated = { ...realAccount, appid: 'wxsim0123456789abc', simulated: true }
    await all.accounts.add(realAccount)
    await all.accounts.add(simulated)
    const { apiKey } = await all.apps.add({ name: 'demo', allowedOrigins: [], appid: simulated.appid })
    await all.close()

    const real = await createApp(config, { log })
    expect(real.accounts.list().map(({ appid }) => appid)).toEqual([realAccount.appid])
    expect(real.apps.byApiKey(apiKey)).toBeUndefined()
    await real.close()
    const playground = await createApp({ ...config, simulatorUrl: 'http://127.0.0.1:1' }, { log })
    expect(playground.accounts.list().map(({ appid }) => appid)).toEqual([simulated.appid])
    expect(playground.apps.byApiKey(apiKey)).toBeDefined()
    await playground.close()
  })

  test('is left as one file, without a log to be folded in', async () => {
    const app = await createApp(config, { log })
    await app.apps.add({ name: 'one', allowedOrigins: [] })
    await app.close()
    expect(existsSync(join(config.dataDir, 'hufu.sqlite-wal'))).toBe(false)
    const database = new DatabaseSync(join(config.dataDir, 'hufu.sqlite'), { readOnly: true })
    expect(database.prepare("SELECT name FROM apps WHERE id != 'ap_hufu'").all()).toEqual([{ name: 'one' }])
    database.close()
  })

  test('leaves no log behind where it was opened and nothing was read', async () => {
    const sqlitePath = join(config.dataDir, 'hufu.sqlite')
    await (await openStore({ sqlitePath })).close()
    expect(existsSync(`${sqlitePath}-wal`)).toBe(false)
  })
})

describe('work that repeats', () => {
  test.each([
    [
      'expired flows',
      `SELECT id FROM flows WHERE expires_at > 0 AND expires_at <= 1 AND state IN ('waiting', 'scanned') ORDER BY expires_at LIMIT 500`,
      'flows_expiry',
    ],
    [
      'look-ups',
      `SELECT * FROM followers WHERE lookup_due_at IS NOT NULL AND lookup_due_at <= 1 AND appid = 'x' AND openid_sealed IS NOT NULL LIMIT 100`,
      'followers_lookup',
    ],
    [
      'flows to forget',
      `SELECT id FROM flows WHERE created_at < 1 AND state NOT IN ('waiting') ORDER BY created_at LIMIT 500`,
      'flows_age',
    ],
    [
      'unreadable pushes to forget',
      `DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE received_at < 1 ORDER BY received_at LIMIT 500)`,
      'quarantine_age',
    ],
    [
      'who left',
      `UPDATE flows SET state = 'cancelled' WHERE scanned_at > 1 AND scanned_at < 2 AND scanner_index = 'x' AND state IN ('scanned', 'registration_required', 'confirmed')`,
      'flows_scanned',
    ],
    [
      'what who left wrote',
      `UPDATE inbox SET document_sealed = NULL WHERE appid = 'x' AND openid_index = 'x' AND document_sealed IS NOT NULL`,
      'inbox_documents',
    ],
  ])('%s are found by their index, not by reading everything', async (_name, query, index) => {
    await (await createApp(config, { log })).close()
    const database = new DatabaseSync(join(config.dataDir, 'hufu.sqlite'))
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map(({ detail }) => detail)
      .join(' | ')
    database.close()
    expect(plan).toContain(index)
  })
})
