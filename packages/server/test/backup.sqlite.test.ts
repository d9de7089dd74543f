import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { BackupRefused, backUp, putBack } from '../src/store/backup.ts'
import { AlreadyServed } from '../src/store/lock.ts'
import type { Store } from '../src/store/store.ts'

const log = pino({ level: 'silent' })
let folder: string
let config: Config
let path: string
let copy: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-backup-'))
  config = loadConfig({
    HUFU_PORT: '0',
    HUFU_DATA_DIR: join(folder, 'data'),
    HUFU_SECRET_KEY_FILE: join(folder, 'key'),
  })
  path = join(config.dataDir, 'hufu.sqlite')
  copy = join(folder, 'copy.sqlite')
})
afterAll(() => rmSync(folder, { recursive: true }))

const as = (now: number, prepare: (store: Store) => Promise<void> = async () => {}) => ({ now, prepare })

test('a copy is made while the server runs, for nobody else to read at any moment, and overwrites nothing', async () => {
  const app = await createApp(config, { log })
  await app.listen()
  await app.apps.add({ name: 'before', allowedOrigins: [] })
  // Enough for the copy to take more than one turn.
  await app.store.write((tx) =>
    tx
      .insertInto('quarantine')
      .values({ appid: '', reason: '', document_sealed: new Uint8Array(10_000_000), received_at: 1 })
      .execute(),
  )
  const modes = new Set<number>()
  const umask = process.umask(0o022)
  await backUp(path, copy, () => void modes.add(statSync(copy).mode & 0o777))
  process.umask(umask)
  await app.apps.add({ name: 'after', allowedOrigins: [] })
  expect([...modes, statSync(copy).mode & 0o777]).toEqual([0o600, 0o600])
  await expect(backUp(path, copy, () => {})).rejects.toThrow(BackupRefused)
  await expect(putBack(copy, path, as(1))).rejects.toThrow(AlreadyServed)
  await app.close()
  expect(beside(copy)).toEqual(['copy.sqlite'])
})

test('put back, it is what it was; nothing goes out until it is told to, and what stood there is kept [F18]', async () => {
  const former = await putBack(copy, path, as(7))
  expect(former).toBe(`${path}.before-7`)
  expect(namesIn(`${path}.before-7`)).toEqual(['before', 'after'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const app = await createApp(config, { log })
  expect(app.apps.list().map(({ name }) => name)).toEqual(['before'])
  await app.outbox.pause()
  let sent = 0
  app.outbox.handle('send', 'platform', async () => void sent++)
  await app.store.write((tx) => app.outbox.enqueue(tx, { kind: 'send', payload: 1 }))
  await app.outbox.runAll()
  expect(sent).toBe(0)
  await app.outbox.resume()
  await app.outbox.runAll()
  expect(sent).toBe(1)
  await app.close()
})

test('what is no backup is not put back', async () => {
  const nonsense = join(folder, 'nonsense')
  writeFileSync(nonsense, 'nothing of the kind')
  await expect(putBack(nonsense, path, as(8))).rejects.toThrow(BackupRefused)
  await expect(putBack(join(folder, 'missing'), path, as(8))).rejects.toThrow('does not exist')
  copyFileSync(copy, `${path}.new`)
  await expect(putBack(`${path}.new`, path, as(8))).rejects.toThrow('another name')
  expect(namesIn(`${path}.new`)).toEqual(['before'])
  rmSync(`${path}.new`)
})

describe('a restore that fails leaves the database where it was, and nothing else', () => {
  const refuse = async () => {
    throw new Error('the key does not fit')
  }
  test.each<[string, () => Promise<unknown>]>([
    ['what is prepared is refused', () => putBack(copy, path, as(9, refuse))],
    [
      'it cannot be moved away',
      () => {
        mkdirSync(`${path}.before-9`)
        return putBack(copy, path, as(9))
      },
    ],
  ])('%s', async (_name, restore) => {
    const was = beside(path)
    const held = namesIn(path)
    await expect(restore()).rejects.toThrow()
    rmSync(`${path}.before-9`, { recursive: true, force: true })
    expect(beside(path)).toEqual(was)
    expect(namesIn(path)).toEqual(held)
  })
})

test('a copy takes the place of a database that is damaged, and of one whose restore was killed', async () => {
  writeFileSync(path, 'damaged'.repeat(1_000))
  writeFileSync(`${path}.new`, 'half of it')
  await putBack(copy, path, as(10))
  expect(namesIn(path)).toEqual(['before'])
  expect(existsSync(`${path}.before-10`)).toBe(true)
  expect(existsSync(`${path}.new`)).toBe(false)
})

test('a database that a command has open is left to it', async () => {
  const command = new DatabaseSync(path)
  command.exec('PRAGMA journal_mode = WAL; CREATE TABLE beside (id TEXT)')
  await expect(putBack(copy, path, as(11))).rejects.toThrow('in use')
  expect(existsSync(`${path}-wal`)).toBe(true)
  command.close()
  await putBack(copy, path, as(11))
})

function beside(file: string): string[] {
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(basename(file)))
    .toSorted()
}

function namesIn(file: string): unknown[] {
  const database = new DatabaseSync(file)
  const rows = database.prepare("SELECT name FROM apps WHERE id != 'ap_hufu' ORDER BY created_at").all()
  database.close()
  return rows.map(({ name }) => name)
}
