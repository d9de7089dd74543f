import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openBreachedList } from './breached.ts'

const folder = mkdtempSync(join(tmpdir(), 'hufu-breached-'))
afterAll(() => rmSync(folder, { recursive: true }))

const known = Array.from({ length: 1_000 }, (_, n) => `password${n}`)
const hashes = known.map((password) => hash('sha1', password, 'hex').toUpperCase()).toSorted()

test.each([
  ['bare hashes', hashes.join('\n')],
  ['hashes with how often each was seen', `${hashes.map((one, n) => `${one}:${n ** 3}`).join('\r\n')}\r\n`],
  ['small letters', `${hashes.join('\n').toLowerCase()}\n`],
])('every password of a list of %s is found, and no other', async (_, content) => {
  const path = join(folder, 'list')
  writeFileSync(path, content)
  const list = await openBreachedList(path)
  for (const password of known) expect(await list.has(password)).toBe(true)
  for (let n = 0; n < 1_000; n++) expect(await list.has(`unknown${n}`)).toBe(false)
  await list.close()
})

test('an empty list holds nothing', async () => {
  const path = join(folder, 'empty')
  writeFileSync(path, '')
  const list = await openBreachedList(path)
  expect(await list.has('password1')).toBe(false)
  await list.close()
})
