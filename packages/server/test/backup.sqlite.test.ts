import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { BackupRefused, backUp, putBack } from '../src/store/backup.ts'
import { AlreadyServed } from '../src/store/lock.ts'

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

test('a copy is made while the server runs, for nobody else to read, and overwrites nothing', async () => {
  const app = await createApp(config, { log })
  await app.listen()
  await app.apps.add({ name: 'before', allowedOrigins: [] })
  const pages: number[] = []
  await backUp(path, copy, (done) => void pages.push(done.of))
  await app.apps.add({ name: 'after', allowedOrigins: [] })
  expect(statSync(copy).mode & 0o777).toBe(0o600)
  await expect(backUp(path, copy, () => {})).rejects.toThrow(BackupRefused)
  expect(() => putBack(copy, path, 1)).toThrow(AlreadyServed)
  await app.close()
})

test('put back, it is what it was; nothing goes out until it is told to, and what stood there is kept [F18]', async () => {
  const former = putBack(copy, path, 7)
  expect(former).toBe(`${path}.before-7`)
  expect(existsSync(`${path}.before-7`)).toBe(true)
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

test('what is no backup is not put back', () => {
  const nonsense = join(folder, 'nonsense')
  writeFileSync(nonsense, 'nothing of the kind')
  expect(() => putBack(nonsense, path, 8)).toThrow(BackupRefused)
  expect(() => putBack(join(folder, 'missing'), path, 8)).toThrow('does not exist')
})
