import { expect, test } from 'vitest'
import { startWorld } from './faults/world.ts'

test('a node that is asked to stop while its line to the database is dead is gone within ten seconds, and in order', async () => {
  const world = await startWorld({ seed: 2, nodes: 1 })
  try {
    world.line.set('stall')
    const began = performance.now()
    expect(await world.nodes[0]?.process.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThan(10_000)
  } finally {
    await world.close()
  }
}, 60_000)
