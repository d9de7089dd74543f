import { expect, test } from 'vitest'
import { createPlaces, type Queue } from './places.ts'

const messages = (queue: string): Queue => ({ lane: 'messages', queue })

/** Shares out the free places, and takes them: how many each got. */
function deal(places: ReturnType<typeof createPlaces>, due: Queue[]): Record<string, number> {
  const shares = places.share(due)
  for (const { limit, ...of } of shares)
    for (let one = 0; one < limit; one++) places.take(`${of.queue} ${Math.random()}`, of)
  return Object.fromEntries(shares.map(({ queue, limit }) => [queue, limit]))
}

test('alone, an account has two places in three: the others are for whoever comes next', () => {
  const places = createPlaces()
  expect(deal(places, [messages('wx1')])).toEqual({ wx1: 16 })
  expect(deal(places, [messages('wx1')])).toEqual({})
  expect(deal(places, [messages('wx1'), messages('wx2')])).toEqual({ wx2: 8 })
})

test('two accounts share alike, however many lists one of them has', () => {
  const lists = ['wx1', 'wx1 mb_1', 'wx1 mb_2', 'wx2'].map(messages)
  expect(deal(createPlaces(), lists)).toEqual({ wx1: 4, 'wx1 mb_1': 4, 'wx1 mb_2': 4, wx2: 12 })
})

test('with more queues than places each has its turn', () => {
  const places = createPlaces()
  const due = Array.from({ length: 60 }, (_, n) => messages(`wx${n}`))
  const dealt: string[] = []
  for (let round = 0; round < 60; round++) {
    for (const { queue, limit } of places.share(due)) dealt.push(...Array.from({ length: limit }, () => queue))
  }
  const counts = due.map(({ queue }) => dealt.filter((one) => one === queue).length)
  expect(new Set(counts)).toEqual(new Set([24]))
})

test('a lane that is full opens again when somebody leaves; the others were open all the time', () => {
  const places = createPlaces()
  for (let one = 0; one < 4; one++) places.take(`job-${one}`, { lane: 'upkeep', queue: '' })
  expect(places.open()).toEqual(['codes', 'platform', 'messages'])
  places.leave('job-2')
  expect(places.open()).toEqual(['codes', 'upkeep', 'platform', 'messages'])
})
