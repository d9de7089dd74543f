/** A real process, spawned as `npm start` does, and nothing but HTTP: the contract as a stranger's backend meets it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshSettings, type HufuProcess, startHufu } from './process.ts'
import { type Demo, tellStory } from './story.ts'

const folder = mkdtempSync(join(tmpdir(), 'hufu-http-'))
let hufu: HufuProcess
let demo: Demo

beforeAll(async () => {
  hufu = await startHufu(await freshSettings(folder), folder).ready
  demo = JSON.parse(readFileSync(join(folder, 'data/demo.json'), 'utf8'))
})
afterAll(async () => {
  await hufu?.kill()
  rmSync(folder, { recursive: true, force: true })
})

test('from demo.json alone: a new person logs in and is registered, and the code is good once', async () => {
  const story = await tellStory(demo)
  expect(story.seen).toEqual(['waiting', 'scanned', 'confirmed', 'completed'])
  expect(story.redeemed).toMatchObject({ status: 200, body: { user: null, assurance: 'tap' } })
  expect(story.registered).toMatchObject({ status: 200, body: { user: { is_new: true } } })
  expect(story.redeemedAgain).toMatchObject({ status: 410, body: { code: 'already_redeemed' } })
})

test('the same person is known the next time', async () => {
  const person = await newPerson()
  const first = await tellStory(demo, { person })
  const second = await tellStory(demo, { person })
  expect(second.registered).toBeUndefined()
  expect(second.redeemed.body.user).toEqual({ ...first.registered?.body.user, is_new: false })
})

test('a bind confirms by the six digits of the phone, and gives the user that was asked for', async () => {
  const flow = { kind: 'bind', external_user_id: 'shop-7', display_name: 'ada@example.com' }
  const story = await tellStory(demo, { flow })
  expect(story.phone.outputs.code).toMatch(/^\d{6}$/)
  expect(story.seen).toEqual(['waiting', 'scanned', 'confirmed', 'completed'])
  expect(story.redeemed.body).toMatchObject({ user: { external_user_id: 'shop-7' }, assurance: 'code' })
  expect(story.redeemedAgain.status).toBe(410)
})

test('what the phone declines, nobody can redeem', async () => {
  const story = await tellStory(demo, { decision: 'decline' })
  expect(story.seen).toEqual(['waiting', 'scanned', 'declined'])
  expect(story.redeemed.status).toBe(410)
})

test('SIGTERM ends it in order, and with code 0, while a page is watching', async () => {
  const answer = await fetch(`${demo.base_url}/v1/flows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demo.api_key}`, 'content-type': 'application/json' },
    body: '{"kind":"login"}',
  })
  const flow = await answer.json()
  const stream = await fetch(`${demo.base_url}/v1/flows/${flow.id}/events`, {
    headers: { authorization: `Bearer ${flow.secret}` },
  })
  const [code, told] = await Promise.all([hufu.stop(), stream.text()])
  expect(code).toBe(0)
  expect(told).toContain('"state":"waiting"')
})

async function newPerson(): Promise<string> {
  const response = await fetch(`${demo.simulator_url}/_sim/people`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Ada"}',
  })
  const { id } = await response.json()
  return id
}
