import { expect, test } from 'vitest'
import { stale as staleConfiguration } from './configuration.ts'
import { stale as staleContract } from './openapi.ts'

test('docs/openapi.json and the client’s types are what the routes say', async () => {
  expect((await staleContract()).map(String)).toEqual([])
})

test('docs/configuration.md names every setting there is', () => {
  expect(staleConfiguration().map(String)).toEqual([])
})
