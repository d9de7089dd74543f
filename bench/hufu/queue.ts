import { setTimeout as pause } from 'node:timers/promises'
import type { Recipient, Stage } from './stage.ts'

/** So many notices that wait, written as any batch is while dispatch is paused; one list after the other where there are fewer people. */
export async function plant({ app, site, template, people }: Stage, count: number) {
  const startedAt = performance.now()
  await app.outbox.pause()
  const list: Recipient[] = []
  while (list.length < count) {
    const some = people.slice(0, count - list.length)
    const users = some.map(({ user }, number) => ({ user, data: { character_string1: String(list.length + number) } }))
    await app.batches.create(site, { users, template, data: {} })
    list.push(...some)
    // One list after the other: each person's notices come in the order of the lists.
    while ((await waiting()) < list.length) await pause(100)
  }
  return { list, seconds: (performance.now() - startedAt) / 1_000 }

  async function waiting(): Promise<number> {
    const lanes = await app.outbox.count()
    return lanes.find(({ lane, state }) => lane === 'messages' && state === 'ready')?.jobs ?? 0
  }
}
