import { expect, test } from 'vitest'
import { createPlaces, type Queue } from './places.ts'

const messages = (queue: string): Queue => ({ lane: 'messages', queue })

/** A node that does what it is told, of queues that never end. */
function startNode(due: Queue[]) {
  const places = createPlaces()
  const begun: Record<string, number> = {}
  const running: string[] = []
  let jobs = 0
  return {
    places,
    begun,
    /** @returns how many each got */
    look(of = due): Record<string, number> {
      const open = places.open()
      const shares = places.share(
        open,
        of.filter(({ lane }) => open.includes(lane)),
      )
      for (const { limit, ...queue } of shares) {
        begun[queue.queue] = (begun[queue.queue] ?? 0) + limit
        for (let one = 0; one < limit; one++) {
          running.push(`job ${++jobs}`)
          places.take(running.at(-1) ?? '', queue)
        }
      }
      return Object.fromEntries(shares.map(({ queue, limit }) => [queue, limit]))
    },
    end: () => places.leave(running.shift() ?? ''),
  }
}

test('alone, an account has two places in three: the others are for whoever comes next', () => {
  const node = startNode([])
  expect(node.look([messages('wx1')])).toEqual({ wx1: 16 })
  expect(node.look([messages('wx1')])).toEqual({})
  expect(node.look([messages('wx1'), messages('wx2')])).toEqual({ wx2: 8 })
})

test('two accounts share alike, however many lists one of them has', () => {
  expect(startNode(['wx1', 'wx1 a', 'wx1 b', 'wx2'].map(messages)).look()).toEqual({
    wx1: 4,
    'wx1 a': 4,
    'wx1 b': 4,
    wx2: 12,
  })
})

test('with more accounts than places each has its turn, also when somebody looks while all places are taken', () => {
  const node = startNode(Array.from({ length: 30 }, (_, n) => messages(`wx${n}`)))
  node.look()
  for (let n = 0; n < 600; n++) {
    node.look()
    node.end()
    node.look()
  }
  const counts = Object.values(node.begun)
  expect(counts).toHaveLength(30)
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
})

test('an account of many lists has no more turns than one without, where turns are few', () => {
  const lists = Array.from({ length: 10 }, (_, n) => messages(`wx0 ${n}`))
  const node = startNode([...lists, ...Array.from({ length: 40 }, (_, n) => messages(`wx${n + 1}`))])
  node.look()
  for (let n = 0; n < 820; n++) {
    node.end()
    node.look()
  }
  const ofLists = lists.reduce((sum, { queue }) => sum + (node.begun[queue] ?? 0), 0)
  expect(ofLists).toBeLessThanOrEqual((node.begun.wx1 ?? 0) + 1)
})

test('thousands of queues are no matter', () => {
  const node = startNode(Array.from({ length: 5_000 }, (_, n) => messages(`wx${n % 50} ${n}`)))
  node.look()
  for (let n = 0; n < 100; n++) {
    node.end()
    node.look()
  }
  expect(Object.values(node.begun).reduce((sum, count) => sum + count, 0)).toBe(124)
})

test('a lane that is full opens again when somebody leaves; the others were open all the time', () => {
  const { places } = startNode([])
  for (let one = 0; one < 4; one++) places.take(`job-${one}`, { lane: 'upkeep', queue: '' })
  expect(places.open()).toEqual(['codes', 'platform', 'messages'])
  places.leave('job-2')
  expect(places.open()).toEqual(['codes', 'upkeep', 'platform', 'messages'])
})
