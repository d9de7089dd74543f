import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onDatabase } from './database.ts'
import { type Harness, type NewFlow, startHarness } from './harness.ts'

/** A redeem at the moment at which its person leaves, or says that it was not them: who takes the flow first goes first, and nobody waits in a circle. */
let world: Harness
beforeAll(async () => {
  world = await startHarness({ app: { registration: 'auto', loginAssurance: 'tap' } })
})
afterAll(() => world.close())

async function somebodyWaits(): Promise<void> {
  for (;;) {
    const rows = await onDatabase(
      world.databaseUrl,
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    if (rows.length > 0) return
  }
}

async function confirmed(person: string): Promise<{ flow: NewFlow; redeem: () => Promise<number> }> {
  const flow = await world.createFlow()
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
  const { completion_code } = body
  const redeem = () => world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code })
  return { flow, redeem: async () => (await redeem()).status }
}

/** Somebody who came in once, and has confirmed once more. */
async function arrange() {
  const person = await world.newPerson()
  const first = await confirmed(person)
  expect(await first.redeem()).toBe(200)
  const { appid } = world.account
  const { openids } = await world.sim('GET', `/people/${person}`)
  const index = world.app.users.wechatIndex(appid, openids[appid])
  const wechat = { kind: 'wechat', namespace: appid, index, sealed: null } as const
  return { first: first.flow, second: await confirmed(person), appid, index, wechat }
}

async function disowned(flow: NewFlow): Promise<number> {
  const rows = await onDatabase(
    world.databaseUrl,
    `SELECT 1 FROM events WHERE type = 'login.disowned' AND data LIKE '%${flow.id}%'`,
  )
  return rows.length
}

test('a redeem that holds the flow gets its user while the erasing waits for the flow', async () => {
  const { flows, store, users } = world.app
  const { second, appid, index, wechat } = await arrange()
  let runs = 0
  let erasing: Promise<void> | undefined
  const redeeming = store.write(async (tx) => {
    runs++
    await flows.steps.hold(tx, second.flow.id)
    erasing ??= store.write(async (other) => {
      runs++
      await users.eraseWechats(other, appid, [{ index, isClosed: true }])
    })
    await somebodyWaits()
    return users.recognise(tx, world.site.id, wechat)
  })
  expect((await redeeming).isNew).toBe(false)
  await erasing
  // Neither was a victim of the other, and had to begin anew.
  expect(runs).toBe(2)
  expect(await flows.find(second.flow.id)).toBeUndefined()
  expect(await users.findOfWechat(store.db, appid, index)).toBeUndefined()
})

describe('“not me”', () => {
  async function disown(flow: NewFlow, appid: string, openidIndex: string): Promise<string> {
    const [row] = await world.app.store.db.selectFrom('sign_ins').select('id').where('flow_id', '=', flow.id).execute()
    return world.app.signIns.disown(row?.id ?? '', { appid, openidIndex })
  }

  test('that waits for a redeem revokes what it bought', async () => {
    const { flows, store, users, signIns } = world.app
    const { first, second, appid, index, wechat } = await arrange()
    let saying: Promise<string> | undefined
    await store.write(async (tx) => {
      const row = await flows.steps.hold(tx, second.flow.id)
      if (!row) throw new Error('the flow is there')
      await flows.steps.complete(tx, row)
      await users.recognise(tx, world.site.id, wechat)
      await signIns.record(tx, row)
      saying ??= disown(first, appid, index)
      await somebodyWaits()
    })
    expect(await saying).toBe('disowned')
    expect([await disowned(first), await disowned(second.flow)]).toEqual([1, 1])
  })

  test('that was first leaves the redeem that waited nothing to buy', async () => {
    const { flows, store } = world.app
    const { second, appid, index } = await arrange()
    let redeeming: Promise<number> | undefined
    await store.write(async (tx) => {
      await flows.disown(tx, [[appid, index]])
      redeeming ??= second.redeem()
      await somebodyWaits()
    })
    expect(await redeeming).toBe(410)
  })
})
