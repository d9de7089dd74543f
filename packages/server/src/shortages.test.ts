import { afterEach, expect, test, vi } from 'vitest'
import { createShortages } from './shortages.ts'
import { StoreUnavailable } from './store/errors.ts'

afterEach(() => vi.restoreAllMocks())

test('each reason is said once in ten seconds, however many requests meet it; what is no shortage is not', () => {
  const lines: object[] = []
  const say = createShortages({ warn: (details) => void lines.push(details) })
  let now = 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  for (let one = 0; one < 50; one++) say(new StoreUnavailable('too many wait'))
  say(new StoreUnavailable('the database: 55P03'))
  say(new Error('a bug'))
  expect(lines).toEqual([{ reason: 'too many wait' }, { reason: 'the database: 55P03' }])
  now += 10_000
  say(new StoreUnavailable('too many wait'))
  expect(lines).toHaveLength(3)
})
