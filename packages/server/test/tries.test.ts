import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, type NewFlow, type Problem, startHarness } from './harness.ts'
import { look } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

let users = 0

async function atCode(): Promise<{ flow: NewFlow; person: string; code: string; wrong: string }> {
  const flow = await world.createFlow({ kind: 'bind', external_user_id: `user-${users++}` })
  const person = await world.newPerson()
  await world.scan(person, flow.qr.content)
  const { code = '' } = (await world.decide(person, 'confirm')).outputs
  return { flow, person, code, wrong: code === '000000' ? '111111' : '000000' }
}

async function atNumber(): Promise<{ flow: NewFlow; person: string; number: string; wrong: string }> {
  const flow = await world.createFlow({ kind: 'login', assurance: 'number' })
  const person = await world.newPerson()
  await world.scan(person, flow.qr.content)
  const { number = '' } = await read(flow)
  return { flow, person, number, wrong: number === '00' ? '11' : '00' }
}

async function read(flow: NewFlow) {
  return (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
}

function enter(flow: NewFlow, code: string) {
  return world.browser<Problem>('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
}

async function column(flow: NewFlow, name: string) {
  return (await look(world, `SELECT ${name} AS value FROM flows WHERE id = ?`, flow.id))[0]?.value
}

test('a number that is wrong once may be typed again, and then it must be right [B31, T14]', async () => {
  const { flow, person, number, wrong } = await atNumber()
  const again = await world.decide(person, 'confirm', { number: wrong })
  expect(again.status).toBe(422)
  expect(again.forms).toHaveLength(1)
  expect((await read(flow)).state).toBe('scanned')
  expect((await world.decide(person, 'confirm', { number })).status).toBe(200)
  expect(await read(flow)).toMatchObject({ state: 'confirmed', assurance: 'number' })
})

test('a number wrong twice ends the flow, and nobody is logged in [B31]', async () => {
  const { flow, person, number, wrong } = await atNumber()
  await world.decide(person, 'confirm', { number: wrong })
  expect((await world.decide(person, 'confirm', { number: '' })).status).toBe(409)
  expect(await read(flow)).toMatchObject({ state: 'failed', reason: 'too_many_tries', next: null })
  expect((await world.decide(person, 'confirm', { number })).status).toBe(409)
  expect((await read(flow)).state).toBe('failed')
  const redeemed = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code: 'cc_x' })
  expect(redeemed).toMatchObject({ status: 409, body: { code: 'too_many_tries' } })
})

test('numbers are taken in full width and with spaces, as phones write them', async () => {
  const { flow, person, number } = await atNumber()
  const wide = [...number].map((digit) => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0)).join(' ')
  await world.decide(person, 'confirm', { number: ` ${wide} ` })
  expect((await read(flow)).state).toBe('confirmed')
})

test('twenty wrong numbers at once are two tries', async () => {
  const { flow, person, wrong } = await atNumber()
  await world.sim('POST', `/people/${person}/open`, { url: await linkOf(person) })
  const submit = () =>
    world.sim('POST', `/people/${person}/submit`, {
      button: { name: 'decision', value: 'confirm' },
      fields: { number: wrong },
    })
  await Promise.allSettled(Array.from({ length: 20 }, submit))
  expect(await column(flow, 'number_tries')).toBe(2)
  expect(await read(flow)).toMatchObject({ state: 'failed', reason: 'too_many_tries' })
})

async function linkOf(person: string): Promise<string> {
  const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
  return chat.findLast((entry: { links?: unknown[] }) => entry.links?.length).links[0].url
}

test('five wrong codes end the flow: four are told how many are left, the fifth is 409 [B31]', async () => {
  const { flow, code, wrong } = await atCode()
  for (const left of [4, 3, 2, 1])
    expect(await enter(flow, wrong)).toMatchObject({ status: 401, body: { code: 'code_invalid', tries_left: left } })
  expect(await enter(flow, wrong)).toMatchObject({ status: 409, body: { code: 'too_many_tries' } })
  expect(await read(flow)).toMatchObject({ state: 'failed', reason: 'too_many_tries' })
  expect(await enter(flow, code)).toMatchObject({ status: 409, body: { code: 'too_many_tries' } })
  const [event] = await look<{ data: string }>(
    world,
    `SELECT data FROM events WHERE type = 'flow.failed' ORDER BY seq DESC`,
  )
  expect(JSON.parse(event?.data ?? '{}')).toMatchObject({ flow_id: flow.id, reason: 'too_many_tries' })
  const redeemed = await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code: 'cc_x' })
  expect(redeemed).toMatchObject({ status: 409, body: { code: 'too_many_tries' } })
})

test('of fifty wrong codes at once five are looked at, and the right one among later ones is too late', async () => {
  const { flow, code, wrong } = await atCode()
  const answers = await Promise.all([...Array.from({ length: 50 }, () => enter(flow, wrong)), enter(flow, code)])
  expect(answers.filter((answer) => answer.status === 401).length).toBe(4)
  expect(answers.filter((answer) => answer.status === 409).length).toBe(47)
  expect(await column(flow, 'code_tries')).toBe(5)
  expect((await read(flow)).state).toBe('failed')
})

test('of twenty right codes at once one confirms; the flow is confirmed once', async () => {
  const { flow, code } = await atCode()
  const answers = await Promise.all(Array.from({ length: 20 }, () => enter(flow, code)))
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 410)])
  const confirmed = await look<{ data: string }>(world, `SELECT data FROM events WHERE type = 'flow.confirmed'`)
  expect(confirmed.filter(({ data }) => data.includes(flow.id))).toHaveLength(1)
})

test('the six digits may be typed in full width and with spaces; what is no code counts as a try', async () => {
  const { flow, code } = await atCode()
  expect(await enter(flow, '1234567')).toMatchObject({ status: 401, body: { tries_left: 4 } })
  expect(await enter(flow, '')).toMatchObject({ status: 422 })
  expect(await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: Number(code) })).toMatchObject({
    status: 400,
  })
  expect(await column(flow, 'code_tries')).toBe(1)
  const wide = [...code].map((digit) => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0)).join('')
  expect((await enter(flow, `${wide.slice(0, 3)} ${wide.slice(3)}`)).status).toBe(200)
})

test('no code is taken before the phone has confirmed, nor where none is asked for, nor after the end', async () => {
  const flow = await world.createFlow({ kind: 'bind', external_user_id: 'early' })
  expect(await enter(flow, '123456')).toMatchObject({ status: 409, body: { code: 'not_confirmed' } })
  await world.scan(await world.newPerson(), flow.qr.content)
  expect(await enter(flow, '123456')).toMatchObject({ status: 409, body: { code: 'not_confirmed' } })
  expect(await column(flow, 'code_tries')).toBe(0)
  const login = await world.createFlow()
  const person = await world.newPerson()
  await world.scan(person, login.qr.content)
  await world.decide(person, 'confirm')
  expect(await enter(login, '123456')).toMatchObject({ status: 410, body: { code: 'flow_over' } })
  const late = await atCode()
  world.clock.advance(301_000)
  expect(await enter(late.flow, late.code)).toMatchObject({ status: 410, body: { code: 'flow_over' } })
})
