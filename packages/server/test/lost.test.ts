/** Addresses that nobody has, as a person opens them and as a program does. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

const byHand = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': 'zh-CN' }

async function open(path: string, init: RequestInit = {}) {
  const response = await fetch(world.base + path, init)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('a person who opens an address that is not there reads a page', async () => {
  for (const path of ['/nope', '/me/nope', '/follow']) {
    const page = await open(path, { headers: byHand })
    expect(page, path).toMatchObject({ status: 404, type: 'text/html; charset=utf-8' })
    expect(page.text).toContain('没有这个页面')
  }
  expect((await open('/nope', { headers: { ...byHand, 'accept-language': 'en' } })).text).toContain('no such page')
})

test('so does who opens the address that a form is sent to', async () => {
  expect(await open('/login/plain', { headers: byHand })).toMatchObject({
    status: 405,
    type: 'text/html; charset=utf-8',
  })
})

test('a program reads a problem, and so does everybody under /v1', async () => {
  const problem = { status: 404, type: 'application/problem+json; charset=utf-8' }
  expect(await open('/nope')).toMatchObject(problem)
  expect(await open('/nope', { headers: byHand, method: 'POST' })).toMatchObject(problem)
  expect(await open('/v1/nope', { headers: byHand })).toMatchObject(problem)
})
