import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, type Problem, startHarness } from './harness.ts'
import { countRows, look } from './wire.ts'

interface Redeemed {
  user: { id: string; external_user_id?: string; is_new: boolean } | null
  registration_token: string
}

let world: Harness
let other: { apiKey: string }
let auto: { apiKey: string }
beforeAll(async () => {
  world = await startHarness()
  other = await world.addSite()
  auto = await world.addSite({ registration: 'auto' })
})
afterAll(() => world.close())

async function login(person: string, key = world.apiKey): Promise<Redeemed & { flowId: string }> {
  const flow = (
    await world.api<{ id: string; secret: string; qr: { content: string } }>(
      'POST',
      '/v1/flows',
      { kind: 'login' },
      { key },
    )
  ).body
  await world.scan(person, flow.qr.content)
  await world.decide(person, 'confirm')
  const { completion_code } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  const { body } = await world.api<Redeemed>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key })
  return { ...body, flowId: flow.id }
}

function register(flowId: string, registration_token: string, external_user_id: string, key = world.apiKey) {
  return world.api<Redeemed & Problem>(
    'POST',
    `/v1/flows/${flowId}/register`,
    { registration_token, external_user_id },
    { key },
  )
}

test('a person is registered once, by the token of their own flow, within half an hour', async () => {
  const { flowId, registration_token } = await login(await world.newPerson())
  const another = await login(await world.newPerson())
  expect(await register(flowId, another.registration_token, 'r-1')).toMatchObject({
    status: 401,
    body: { code: 'code_invalid' },
  })
  expect(await register(flowId, registration_token, 'r-1', other.apiKey)).toMatchObject({ status: 404 })
  const before = (await countRows(world)).users
  const answers = await Promise.all(['r-1', 'r-1', 'r-2'].map((id) => register(flowId, registration_token, id)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410])
  expect((await countRows(world)).users).toBe(before + 1)
  world.clock.advance(30 * 60_000 + 1)
  expect(await register(another.flowId, another.registration_token, 'r-3')).toMatchObject({
    status: 410,
    body: { code: 'code_expired' },
  })
})

test('a registration under the id of somebody with another WeChat is refused, and may be tried again', async () => {
  const first = await login(await world.newPerson())
  await register(first.flowId, first.registration_token, 'taken')
  const second = await login(await world.newPerson())
  expect(await register(second.flowId, second.registration_token, 'taken')).toMatchObject({
    status: 409,
    body: { code: 'user_already_bound' },
  })
  expect((await register(second.flowId, second.registration_token, 'free')).status).toBe(200)
})

test('another app’s user is a user that does not exist [B44, T45]', async () => {
  const { flowId, registration_token } = await login(await world.newPerson())
  const id = (await register(flowId, registration_token, 'mine')).body.user?.id ?? ''
  expect((await world.api('GET', `/v1/users/${id}`)).body).toMatchObject({
    id,
    external_user_id: 'mine',
    accounts: [world.account.appid],
  })
  const strip = ({ status, body }: { status: number; body: Problem }) => ({ status, body: { ...body, request_id: '' } })
  const as = async (name: string, method: string, path: string, body?: object) =>
    strip(await world.api<Problem>(method, `/v1/users/${name}${path}`, body, { key: other.apiKey }))
  const calls = [
    ['GET', ''],
    ['DELETE', '/binding'],
    ['PUT', '/external_user_id', { external_user_id: 'x' }],
  ] as const
  for (const [method, path, body] of calls) {
    const foreign = await as(id, method, path, body)
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await as('us_aaaaaaaaaaaaaaaaaaaaaaaaaa', method, path, body)).toEqual(foreign)
  }
  const found = await world.api('GET', '/v1/users?external_user_id=mine', undefined, { key: other.apiKey })
  expect(found.body).toMatchObject({ data: [] })
})

test('two apps see one person under two ids that tell nothing of each other', async () => {
  const person = await world.newPerson()
  const { apiKey } = await world.addSite({ registration: 'auto' })
  const [one, two] = [await login(person, auto.apiKey), await login(person, apiKey)]
  expect(one.user?.id).not.toBe(two.user?.id)
  expect((await login(person, auto.apiKey)).user).toEqual({ id: one.user?.id, is_new: false })
})

test('an id of the site’s own is attached later, once, and to one user', async () => {
  const [one, two] = [
    await login(await world.newPerson(), auto.apiKey),
    await login(await world.newPerson(), auto.apiKey),
  ]
  const put = (id: string | undefined, external_user_id: string) =>
    world.api<Problem>('PUT', `/v1/users/${id}/external_user_id`, { external_user_id }, { key: auto.apiKey })
  expect(await put(one.user?.id, 'late')).toMatchObject({ status: 200, body: { external_user_id: 'late' } })
  expect((await put(one.user?.id, 'late')).status).toBe(200)
  for (const [id, external] of [
    [one.user?.id, 'later'],
    [two.user?.id, 'late'],
  ] as const)
    expect(await put(id, external)).toMatchObject({ status: 409, body: { code: 'external_user_id_taken' } })
})

test('the last way in is not taken away; with another, the WeChat is free again [T44]', async () => {
  const person = await world.newPerson()
  const { user } = await login(person, auto.apiKey)
  const unlink = () => world.api<Problem>('DELETE', `/v1/users/${user?.id}/binding`, undefined, { key: auto.apiKey })
  expect(await unlink()).toMatchObject({ status: 409, body: { code: 'last_credential' } })
  await world.api(
    'PUT',
    `/v1/users/${user?.id}/external_user_id`,
    { external_user_id: 'leaving' },
    { key: auto.apiKey },
  )
  const before = await countRows(world)
  expect((await unlink()).status).toBe(204)
  expect(await countRows(world)).toMatchObject({ users: before.users - 1, identities: before.identities - 2 })
  expect(await unlink()).toMatchObject({ status: 404 })
  expect(await look(world, `SELECT * FROM events WHERE type = 'binding.removed'`)).toHaveLength(1)
  expect((await login(person, auto.apiKey)).user).toMatchObject({ is_new: true })
})

test('unlinking at one site leaves the person’s link with another', async () => {
  const person = await world.newPerson()
  const first = await login(person)
  const mine = (await register(first.flowId, first.registration_token, 'both')).body.user?.id
  const theirs = (await login(person, auto.apiKey)).user?.id
  expect((await world.api('DELETE', `/v1/users/${mine}/binding`)).status).toBe(204)
  expect((await login(person, auto.apiKey)).user).toEqual({ id: theirs, is_new: false })
  expect((await login(person)).user).toBeNull()
})
