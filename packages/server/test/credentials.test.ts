import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Account, createAccounts } from '../src/accounts/accounts.ts'
import { createLive } from '../src/live/live.ts'
import { readKeyFile } from '../src/vault/keyfile.ts'
import { openVault } from '../src/vault/vault.ts'
import { type Harness, startHarness } from './harness.ts'

let world: Harness
const closers: (() => void)[] = []

beforeAll(async () => {
  world = await startHarness()
})
afterAll(async () => {
  for (const close of closers) close()
  await world.close()
})

/** Another node's accounts over the same database, with a memory of its own. */
async function node(fetcher: typeof fetch = fetch): Promise<Account> {
  const { store } = world.app
  const vault = await openVault({ store, clock: world.clock, key: readKeyFile(world.keyFile, { create: false }) })
  const accounts = await createAccounts({
    store,
    vault,
    clock: world.clock,
    live: createLive(store),
    log: { error() {} },
    fetch: fetcher,
    simulatorUrl: world.simulator.url,
    which: 'simulated',
  })
  closers.push(accounts.close)
  return accounts.get(world.account.appid)
}

async function tokenCalls(): Promise<number> {
  const calls: Record<string, number> = await world.sim('GET', '/calls')
  return (calls['/cgi-bin/stable_token'] ?? 0) + (calls['/cgi-bin/token'] ?? 0)
}

async function forget(): Promise<void> {
  await world.app.store.write(async (tx) => {
    await tx.deleteFrom('credentials').execute()
    await tx.deleteFrom('refreshes').execute()
  })
}

const credentials = () => world.app.store.db.selectFrom('credentials').selectAll().execute()

async function secret(): Promise<string> {
  const accounts: { appid: string; secret: string }[] = await world.sim('GET', '/accounts')
  return accounts.find(({ appid }) => appid === world.account.appid)?.secret ?? ''
}

/** A node that asked for a token, and stands still before it has read the answer. */
async function standingStill(): Promise<{ wake(): Promise<void> }> {
  const held = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const slow = await node(async (input, init) => {
    if (!String(input).includes('stable_token')) return fetch(input, init)
    asked.resolve()
    await held.promise
    return Response.json({ access_token: 'of-yesterday', expires_in: 7200 })
  })
  const late = ask(slow).catch(() => {})
  await asked.promise
  return {
    async wake() {
      held.resolve()
      await late
    },
  }
}

const ask = (account: Account) => account.client.userGet()

describe('the central token of an account', () => {
  test('twenty nodes that ask at once, cold, cost the platform one call [I8, T55]', async () => {
    const nodes = await Promise.all(Array.from({ length: 20 }, () => node()))
    await forget()
    const before = await tokenCalls()
    await Promise.all(nodes.flatMap((one) => [ask(one), ask(one)]))
    expect((await tokenCalls()) - before).toBe(1)
  })

  test('a node that dies while it asks is followed by another after a minute, and not before', async () => {
    await forget()
    const dead = await node(() => new Promise(() => {}))
    ask(dead).catch(() => {})
    await expect
      .poll(async () => (await world.app.store.db.selectFrom('refreshes').selectAll().execute()).length)
      .toBe(1)
    const before = await tokenCalls()
    await expect(ask(await node())).rejects.toThrow(/stable_token/)
    expect((await tokenCalls()) - before).toBe(0)
    world.clock.advance(61_000)
    await ask(await node())
    expect((await tokenCalls()) - before).toBe(1)
  })

  test('the late answer of a node that stood still does not replace a newer token', async () => {
    await forget()
    const slow = await standingStill()
    world.clock.advance(61_000)
    await ask(await node())
    const newest = await credentials()
    await slow.wake()
    expect(await credentials()).toEqual(newest)
  })

  test('nor does it where the account was given another secret meanwhile', async () => {
    await forget()
    const slow = await standingStill()
    await world.app.accounts.change(world.account.appid, { secret: await secret() })
    await ask(await node())
    const newest = await credentials()
    await slow.wake()
    expect(await credentials()).toEqual(newest)
  })

  test('a storm of 40001 costs one call a minute, and none is forced', async () => {
    await forget()
    const nodes = await Promise.all(Array.from({ length: 5 }, () => node()))
    await Promise.all(nodes.map(ask))
    await world.sim('POST', '/faults', { path: '/cgi-bin/user/get', kind: 'errcode', errcode: 40_001 })
    const before = await tokenCalls()
    for (let minute = 0; minute < 3; minute++) {
      await Promise.all(nodes.map((one) => ask(one).catch(() => {})))
      world.clock.advance(61_000)
    }
    await world.sim('DELETE', '/faults')
    expect((await tokenCalls()) - before).toBeLessThanOrEqual(3)
  }, 60_000)

  test('a node that has not heard of another secret does not spend the minute of those who have', async () => {
    await forget()
    const asked: string[] = []
    const behind = await node((input, init) => {
      asked.push(new URL(String(input)).pathname)
      return fetch(input, init)
    })
    await world.app.accounts.change(world.account.appid, { secret: await secret() })
    const waiting = ask(behind)
    await ask(await node())
    await expect(waiting).resolves.toBeDefined()
    expect(asked).toEqual(['/cgi-bin/user/get'])
  })

  test('other credentials of the account may be tried at once', async () => {
    await forget()
    await world.sim('POST', '/faults', { path: '/cgi-bin/stable_token', kind: 'errcode', errcode: 40_125, times: 1 })
    const account = await node()
    await expect(ask(account)).rejects.toThrow('40125')
    await expect(ask(account)).rejects.toThrow('40125')
    await world.app.accounts.change(world.account.appid, { secret: await secret() })
    await expect(ask(await node())).resolves.toBeDefined()
  })
})
