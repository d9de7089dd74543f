import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../src/config.ts'
import { base32, newId, newScene } from '../src/ids.ts'
import { createLimiter } from '../src/limiter.ts'
import { systemClock } from '../src/store/clock.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { maskName } from '../src/text.ts'
import { Secret } from '../src/vault/secret.ts'
import { openVault, type Vault } from '../src/vault/vault.ts'

describe('the limiter', () => {
  let now = 1_000_000
  const clock = { now: () => now }

  test('gives its number at once, then one per share of the window, and names do not share', () => {
    const limiter = createLimiter({ clock, limit: 3, windowMs: 60_000 })
    expect([1, 2, 3].map(() => limiter.take('a'))).toEqual([0, 0, 0])
    expect(limiter.take('a')).toBe(20)
    expect(limiter.take('b')).toBe(0)
    now += 20_000
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 20])
  })

  test('never lets more through than the limit and what has come back since', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 80 }),
        (limit, pauses) => {
          const limiter = createLimiter({ clock, limit, windowMs: 60_000 })
          const start = now
          let taken = 0
          for (const pause of pauses) {
            now += pause
            if (limiter.take('x') === 0) taken++
          }
          expect(taken).toBeLessThanOrEqual(limit + ((now - start) * limit) / 60_000 + 1e-6)
        },
      ),
    )
  })
})

describe('the vault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-vault-'))
  const key = new Secret(Buffer.alloc(32, 7).toString('base64url'))
  let store: Store
  let vault: Vault
  beforeAll(async () => {
    store = await openStore({ sqlitePath: join(folder, 'vault.sqlite') })
    vault = await openVault({ store, clock: systemClock(), key })
  })
  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  test('opens what it sealed, in its place only, and nothing that was changed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (value, position) => {
        const sealed = vault.seal('t.c.1', value)
        expect(vault.open('t.c.1', sealed)).toBe(value)
        expect(() => vault.open('t.c.2', sealed)).toThrow()
        const changed = Buffer.from(sealed)
        changed.writeUInt8(changed.readUInt8(position % changed.length) ^ 1, position % changed.length)
        expect(() => vault.open('t.c.1', changed)).toThrow()
      }),
      { numRuns: 200 },
    )
    expect(vault.seal('t', 'same')).not.toEqual(vault.seal('t', 'same'))
  })

  test('finds the same value under the same index, and different ones apart', () => {
    expect(vault.index('a', 'x')).toBe(vault.index('a', 'x'))
    expect(new Set([vault.index('a', 'x'), vault.index('b', 'x'), vault.index('a', 'y')]).size).toBe(3)
  })

  test('opens with its own key again, and says what to do about another', async () => {
    const sealed = vault.seal('t', 'kept')
    const again = await openVault({ store, clock: systemClock(), key })
    expect(again.open('t', sealed)).toBe('kept')
    const foreign = new Secret(Buffer.alloc(32, 8).toString('base64url'))
    await expect(openVault({ store, clock: systemClock(), key: foreign })).rejects.toThrow(/key/)
  })

  test('a secret prints as [secret], whichever way', () => {
    expect(`${key} ${JSON.stringify({ key })} ${String(key)}`).not.toContain(key.reveal())
  })
})

test('base32 agrees with RFC 4648, and ids and scenes keep their shape', () => {
  const vectors = {
    '': '',
    f: 'my',
    fo: 'mzxq',
    foo: 'mzxw6',
    foob: 'mzxw6yq',
    fooba: 'mzxw6ytb',
    foobar: 'mzxw6ytboi',
  }
  for (const [text, expected] of Object.entries(vectors)) expect(base32(Buffer.from(text))).toBe(expected)
  expect(newId('fl')).toMatch(/^fl_[a-z2-7]{26}$/)
  expect(newScene()).toMatch(/^[a-z2-7]{32}$/)
})

test('a masked name never shows more than two letters of each half, nor anything that could be a link', () => {
  expect(['ada@example.com', 'wang', 'a', 'a@b.c', '王小明'].map(maskName)).toEqual([
    'ad•••@ex•••.com',
    'wa•••',
    'a•••',
    'a•••@b.•••',
    '王小•••',
  ])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(maskName(name)).not.toMatch(/[<>"&/:\n\u202e]/)
      expect([...maskName(name)].length).toBeLessThanOrEqual(2 + 3 + 1 + 2 + 3 + 25)
    }),
    { numRuns: 2_000 },
  )
})

test('the configuration starts from nothing, and tells every mistake at once', () => {
  expect(loadConfig({})).toMatchObject({ port: 8080, production: false, playground: 'auto' })
  const bad = {
    HUFU_PORT: 'x',
    HUFU_PUBLIC_URL: 'https://a/b',
    HUFU_NO_SUCH: '1',
    HUFU_SECRET_KEY: 'short',
    HUFU_LOG_LEVEL: 'loud',
    HUFU_TRUSTED_PROXIES: 'nginx',
  }
  const refuse = () => loadConfig(bad)
  expect(refuse).toThrow(ConfigError)
  for (const name of Object.keys(bad)) expect(refuse).toThrow(name)
  expect(refuse).not.toThrow(/“short”/)
  expect(() => loadConfig({ NODE_ENV: 'production', HUFU_PLAYGROUND: 'on' })).toThrow(ConfigError)
})
