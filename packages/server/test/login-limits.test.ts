import { expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { startHarness } from './harness.ts'

/** Begins a login at Hufu's own pages from each of two addresses. */
async function beginTwice(limits: { logins?: number; flowsPerApp?: number }) {
  const world = await startHarness({ config: { limits: { ...loadConfig({}).limits, ...limits } } })
  const begin = (ip: string) =>
    world.app.login.start({ ip, userAgent: undefined, locale: 'en', account: world.account.appid })
  try {
    await begin('192.0.2.1')
    return await begin('198.51.100.1').then(
      () => 'begun',
      (error) => error.code,
    )
  } finally {
    await world.close()
  }
}

test('what all addresses may begin together at /login is a limit of its own', async () => {
  expect(await beginTwice({ logins: 1 })).toBe('rate_limited')
})

test('and no share of what a site may begin', async () => {
  expect(await beginTwice({ flowsPerApp: 10 })).toBe('begun')
})
