import { expect, test } from 'vitest'
import { startHarness } from './harness.ts'
import { eventXml, nowSeconds, push, wireOf } from './wire.ts'

const people = 230

test('a rush of new followers is looked up in one run of the job, a hundred a call', async () => {
  const world = await startHarness()
  try {
    const wire = wireOf(world)
    const { appid } = world.account
    await world.sim('POST', '/crowd', { account: appid, count: people })
    const openids: string[] = (await world.sim('GET', '/people')).map(
      (person: { openids: Record<string, string> }) => person.openids[appid],
    )
    const rush = openids.map((openid) =>
      push(
        world,
        wire,
        eventXml(wire, { openid, at: nowSeconds(world), fields: { Event: 'subscribe', EventKey: '' } }),
      ),
    )
    await Promise.all(rush)
    const inDoubt = () =>
      world.app.store.db.selectFrom('followers').select('openid_index').where('lookup_due_at', 'is not', null).execute()
    expect(await inDoubt()).toHaveLength(openids.length)
    await world.app.housekeep()
    expect(await inDoubt()).toEqual([])
    expect((await world.sim('GET', '/calls'))['/cgi-bin/user/info/batchget']).toBe(3)
  } finally {
    await world.close()
  }
})
