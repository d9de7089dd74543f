import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createOutages } from '../src/followers/outages.ts'
import { startHarness } from './harness.ts'

test('after a time in which nobody was there, followers are compared with WeChat', async () => {
  const world = await startHarness({ background: true })
  try {
    await world.newPerson()
    await world.app.housekeep()
    const { appid } = world.account
    const person = await world.newPerson({ follows: false })
    await world.sim('POST', `/people/${person}/follow`, { account: appid, silent: true })
    world.clock.advance(60_000)
    await world.restart()
    const wanted = async () => (await world.app.reconciling.progress(appid))?.wanted_at ?? 0
    await expect.poll(wanted, { timeout: 10_000 }).toBeGreaterThan(0)
    world.clock.advance(31_000)
    // What the last comparison found would be no answer: the clock's leap looks like an outage of its own, and leads to one more.
    const followers = () => world.app.store.db.selectFrom('followers').where('followed_at', 'is not', null)
    const following = async () => (await followers().select('openid_index').execute()).length
    await expect.poll(following, { timeout: 10_000 }).toBe(2)
  } finally {
    await world.close()
  }
})

describe('an outage', () => {
  let now = 1_000_000
  let told = 0
  let fails = false
  const open = () =>
    createOutages({
      clock: { now: () => now },
      async onOutage() {
        if (fails) throw new Error('the database is away')
        told++
      },
      log: { error() {} },
    })

  function pass(ms: number): Promise<unknown> {
    now += ms
    return vi.advanceTimersByTimeAsync(ms)
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    told = 0
    fails = false
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is a beat that comes late; the first of all is not', async () => {
    const outages = open()
    const beat = (payload: unknown) =>
      outages.beat({
        payload,
        signal: AbortSignal.abort(),
        write: () => Promise.reject(),
        finish: () => Promise.reject(),
        postpone: () => Promise.reject(),
      })
    const first = await beat(null)
    now += 6_000
    const second = await beat(first)
    expect(told).toBe(0)
    now += 17_000
    await beat(second)
    expect(told).toBe(1)
  })

  test('is a push refused for so long that it may have had its three tries, told once it is over', async () => {
    const outages = open()
    for (let tries = 0; tries < 3; tries++) {
      outages.pushed('unavailable')
      await pass(5_000)
    }
    expect(told).toBe(0)
    fails = true
    await pass(10_000)
    fails = false
    await pass(5_000)
    expect(told).toBe(1)
    await pass(60_000)
    expect(told).toBe(1)
    outages.close()
  })

  test('is no push that was refused once, and came again', async () => {
    const outages = open()
    outages.pushed('unavailable')
    await pass(5_000)
    outages.pushed('stored')
    await pass(60_000)
    expect(told).toBe(0)
    outages.close()
  })
})
