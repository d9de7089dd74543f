import { describe, expect, it } from 'vitest'
import { createTokenHolder, memoryTokenStore, type TokenStore } from '../src/index.ts'

/** A platform that counts, a clock that is moved by hand. */
function world({ store = memoryTokenStore(), lifetime = 7200, stable = false } = {}) {
  const state = { now: 1_000_000, fetched: 0, fail: false, lifetime }
  const open = () =>
    createTokenHolder({
      store,
      now: () => state.now,
      fetchToken: async () => {
        state.fetched++
        if (state.fail) throw new Error('platform is down')
        return { accessToken: stable ? 'T' : `T${state.fetched}`, expiresIn: state.lifetime }
      },
    })
  return { state, store, open, holder: open() }
}

describe('the token holder', () => {
  it('asks the platform once for fifty callers', async () => {
    const { holder, state } = world()
    const tokens = await Promise.all(Array.from({ length: 50 }, () => holder.get()))
    expect(new Set(tokens)).toEqual(new Set(['T1']))
    expect(state.fetched).toBe(1)
  })

  it('serves a token until five minutes before its end, then the old one while it fetches the new', async () => {
    const { holder, state } = world()
    await holder.get()
    state.now += 6_899_000
    expect(await holder.get()).toBe('T1')
    expect(state.fetched).toBe(1)
    state.now += 1_000
    expect(await Promise.all([holder.get(), holder.get()])).toEqual(['T1', 'T1'])
    await settled()
    expect(await holder.get()).toBe('T2')
    expect(state.fetched).toBe(2)
  })

  it('waits for a new token when the old one is over', async () => {
    const { holder, state } = world()
    await holder.get()
    state.now += 7_200_000
    expect(await holder.get()).toBe('T2')
  })

  it('keeps serving the old token while early refreshes fail, and asks at most once a minute', async () => {
    const { holder, state } = world()
    await holder.get()
    state.now += 6_950_000
    state.fail = true
    for (let i = 0; i < 20; i++) {
      expect(await holder.get()).toBe('T1')
      await settled()
      state.now += 1_000
    }
    expect(state.fetched).toBe(2)
    state.now += 40_000
    state.fail = false
    await holder.get()
    await settled()
    expect(await holder.get()).toBe('T3')
  })

  it('tells every waiting caller of a failure, and tries again for the next', async () => {
    const { holder, state } = world()
    state.fail = true
    const results = await Promise.allSettled([holder.get(), holder.get()])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(state.fetched).toBe(1)
    state.fail = false
    expect(await holder.get()).toBe('T2')
  })

  it('reads the store before it asks: another process may have done it', async () => {
    const { open, state } = world()
    expect(await open().get()).toBe('T1')
    expect(await open().get()).toBe('T1')
    expect(state.fetched).toBe(1)
  })

  it('leaves a token that came too late, and uses the one that was stored meanwhile', async () => {
    const newer = { accessToken: 'newer', expiresAt: 9_000_000 }
    const reads = [undefined, newer]
    const { holder } = world({ store: { read: async () => reads.shift() ?? newer, write: async () => false } })
    expect(await holder.get()).toBe('newer')
    expect(await holder.get()).toBe('newer')
  })

  it('keeps a fetched token even when it cannot be stored', async () => {
    const broken: TokenStore = { read: async () => undefined, write: () => Promise.reject(new Error('disk full')) }
    const { holder, state } = world({ store: broken })
    await expect(holder.get()).rejects.toThrow('disk full')
    expect(await holder.get()).toBe('T1')
    expect(state.fetched).toBe(1)
  })
})

describe('a refused token', () => {
  it('is replaced once for fifty callers that were refused', async () => {
    const { holder, state } = world()
    const used = await holder.get()
    const tokens = await Promise.all(Array.from({ length: 50 }, () => holder.invalidate(used)))
    expect(new Set(tokens)).toEqual(new Set(['T2']))
    expect(await holder.invalidate(used)).toBe('T2')
    expect(state.fetched).toBe(2)
  })

  it('is not replaced when another process has stored a newer one', async () => {
    const { open, state } = world()
    const [mine, theirs] = [open(), open()]
    const used = await mine.get()
    await theirs.get()
    expect(await theirs.invalidate(used)).toBe('T2')
    expect(await mine.invalidate(used)).toBe('T2')
    expect(state.fetched).toBe(2)
  })

  it('that the platform insists on is not asked for again within a minute', async () => {
    const { holder, state } = world({ stable: true })
    const used = await holder.get()
    expect(await holder.invalidate(used)).toBe('T')
    for (let i = 0; i < 10; i++) {
      state.now += 5_000
      expect(await holder.invalidate(used)).toBe('T')
    }
    expect(state.fetched).toBe(2)
    state.now += 10_000
    await holder.invalidate(used)
    expect(state.fetched).toBe(3)
  })

  it('that another process replaced by the same one is not waited for', async () => {
    const stored = [
      { accessToken: 'T', expiresAt: 8_200_000 },
      { accessToken: 'T', expiresAt: 8_260_000 },
    ]
    const reads = { count: 0, waits: 0 }
    const store: TokenStore = {
      read: async () => stored[Math.min(reads.count++, 1)],
      write: async () => {},
      claim: async () => false,
      changed: async () => void reads.waits++,
    }
    const { holder, state } = world({ store })
    expect(await holder.invalidate('T')).toBe('T')
    expect(await holder.invalidate('T')).toBe('T')
    expect([reads.waits, state.fetched]).toEqual([1, 0])
    stored[1] = { accessToken: 'T2', expiresAt: 8_300_000 }
    expect(await holder.invalidate('T')).toBe('T2')
  })

  it('may be asked for again after a failure to replace it', async () => {
    const { holder, state } = world()
    const used = await holder.get()
    state.fail = true
    await expect(holder.invalidate(used)).rejects.toThrow('platform is down')
    state.fail = false
    expect(await holder.invalidate(used)).toBe('T3')
  })

  it('is replaced even when a look into the store was under way that found the same', async () => {
    const { open, state } = world()
    const used = await open().get()
    const holder = open()
    expect(await Promise.all([holder.get(), holder.invalidate(used)])).toEqual([used, 'T2'])
    expect(state.fetched).toBe(2)
  })
})

/** Lets promises that are already resolved run to their end. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
