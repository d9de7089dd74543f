import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWidget } from '../build.ts'

let dist: string
let built: Awaited<ReturnType<typeof buildWidget>>

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'hufu-widget-'))
  built = await buildWidget(dist)
})
afterAll(() => rm(dist, { recursive: true }))

test('each file is at most ten kilobytes', () => {
  expect(built.map(({ file }) => file)).toEqual(['hufu-scan.js', 'index.js', 'register.js'])
  for (const { file, gzip } of built) expect(gzip, file).toBeLessThanOrEqual(10_240)
})

test('the module can be imported where there is no document, as servers that render pages do', async () => {
  const module: unknown = await import(pathToFileURL(join(dist, 'index.js')).href)
  expect(Object.keys(module as object).sort()).toEqual(['HufuScan', 'defineHufuScan'])
  expect(() => (module as { defineHufuScan(): void }).defineHufuScan()).not.toThrow()
})
