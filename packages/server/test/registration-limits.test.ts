import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../src/vault/secret.ts'
import { type Harness, startHarness } from './harness.ts'
import { codeOf, newVisitor, password, register, registerByEmail, scanned, type Visitor } from './registering.ts'
import { look } from './wire.ts'

let world: Harness
const log: string[] = []
const minuteMs = 60_000
beforeAll(async () => {
  world = await startHarness({
    app: { registration: ['email', 'phone'] },
    logTo: { write: (line) => void log.push(line) },
  })
})
afterAll(() => world.close())

const smsOf = async (visitor: Visitor): Promise<{ text: string }[]> => {
  await world.app.housekeep()
  return world.sim('GET', `/people/${visitor.person}/sms`)
}
const other = (code: string) => (code === '000000' ? '111111' : '000000')

describe('codes', () => {
  test('are sent five times an hour and ten a day to one number, however many flows ask [T34]', async () => {
    const target = await newVisitor(world)
    let sent = 0
    const ask = async () => {
      const { status, headers } = await register(world, await scanned(world, await newVisitor(world)), {
        phone: target.phone,
      })
      sent += status === 200 ? 1 : 0
      return { status, wait: Number(headers.get('retry-after')) }
    }
    for (let n = 0; n < 5; n++) {
      expect((await ask()).status).toBe(200)
      expect(await ask()).toMatchObject({ status: 429, wait: expect.any(Number) })
      world.clock.advance(minuteMs)
    }
    const sixth = await ask()
    expect(sixth.status).toBe(429)
    expect(sixth.wait).toBeGreaterThan(50 * 60)
    world.clock.advance(61 * minuteMs)
    for (let n = 0; n < 5; n++) {
      expect((await ask()).status).toBe(200)
      world.clock.advance(minuteMs)
    }
    world.clock.advance(61 * minuteMs)
    const eleventh = await ask()
    expect(eleventh.status).toBe(429)
    expect(eleventh.wait).toBeGreaterThan(20 * 3_600)
    expect(sent).toBe(10)
  })

  test('asked for twice in a minute by one flow, are sent once; a newer one ends the older', async () => {
    const ada = await newVisitor(world)
    const flow = await scanned(world, ada)
    const first = await register(world, flow, { phone: ada.phone })
    const same = await register(world, flow, { phone: ada.phone })
    expect(same.body.registration).toEqual(first.body.registration)
    expect(await smsOf(ada)).toHaveLength(1)
    const old = await codeOf(world, ada, 'phone')
    world.clock.advance(minuteMs)
    await register(world, flow, { phone: ada.phone })
    const fresh = await codeOf(world, ada, 'phone')
    if (fresh !== old) {
      expect(await register(world, flow, { phone: ada.phone, sms_code: old })).toMatchObject({
        status: 401,
        body: { code: 'code_invalid', tries_left: 4 },
      })
    }
    expect((await register(world, flow, { phone: ada.phone, sms_code: fresh })).status).toBe(200)
  })

  test('are good for five tries, however many come at once [T33]', async () => {
    const ada = await newVisitor(world)
    const flow = await scanned(world, ada)
    await register(world, flow, { phone: ada.phone })
    const code = await codeOf(world, ada, 'phone')
    const tries = Array.from({ length: 40 }, () => register(world, flow, { phone: ada.phone, sms_code: other(code) }))
    const answers = (await Promise.all(tries)).map(({ status }) => status)
    expect(answers.filter((status) => status === 401)).toHaveLength(4)
    // Too late, or one of more at a time than could count.
    expect(answers.filter((status) => status === 409 || status === 429)).toHaveLength(36)
    const late = await register(world, flow, { phone: ada.phone, sms_code: code })
    expect(late).toMatchObject({ status: 409, body: { code: 'too_many_tries' } })
    expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state).toBe('registration_required')
  })

  test('wrong fifteen times in an hour, are not looked at any more: also the right one waits [T33]', async () => {
    const ada = await newVisitor(world)
    const flow = await scanned(world, ada)
    for (let round = 0; round < 3; round++) {
      await register(world, flow, { phone: ada.phone })
      const code = await codeOf(world, ada, 'phone')
      for (let n = 0; n < 5; n++) await register(world, flow, { phone: ada.phone, sms_code: other(code) })
      world.clock.advance(minuteMs)
    }
    await register(world, flow, { phone: ada.phone })
    const sms_code = await codeOf(world, ada, 'phone')
    expect(await register(world, flow, { phone: ada.phone, sms_code })).toMatchObject({
      status: 429,
      body: { code: 'rate_limited' },
    })
  })

  test('are good in their own flow and for their own number only [T35]', async () => {
    const [ada, bo] = [await newVisitor(world), await newVisitor(world)]
    const [mine, yours] = [await scanned(world, ada), await scanned(world, bo)]
    await register(world, mine, { phone: ada.phone })
    const sms_code = await codeOf(world, ada, 'phone')
    expect(await register(world, yours, { phone: ada.phone, sms_code })).toMatchObject({
      status: 410,
      body: { code: 'code_expired' },
    })
    expect(await register(world, mine, { phone: bo.phone, sms_code })).toMatchObject({ status: 410 })
    world.clock.advance(5 * minuteMs)
    expect(await register(world, mine, { phone: ada.phone, sms_code })).toMatchObject({ status: 410 })
  })

  test('are asked for twenty times a day by one WeChat', async () => {
    const ada = await newVisitor(world)
    const statuses: number[] = []
    for (let n = 0; n < 21; n++) {
      const flow = await scanned(world, ada)
      statuses.push((await register(world, flow, { phone: `1380013${String(8000 + n)}` })).status)
      world.clock.advance(minuteMs)
    }
    expect(statuses.slice(0, 20).every((status) => status === 200)).toBe(true)
    expect(statuses[20]).toBe(429)
  })

  test('that could not be sent in time are not sent later [T39]', async () => {
    const ada = await newVisitor(world)
    await register(world, await scanned(world, ada), { phone: ada.phone })
    world.clock.advance(5 * minuteMs)
    expect(await smsOf(ada)).toEqual([])
    const [job] = await look(world, `SELECT state FROM jobs WHERE kind = 'proofs.send' ORDER BY created_at DESC`)
    expect(job?.state).toBe('expired')
  })

  test('stand nowhere, nor do addresses, numbers and passwords: not in the database, not in the log [T40, T48, T56]', async () => {
    const ada = await newVisitor(world)
    await registerByEmail(world, ada)
    const phoneFlow = await scanned(world, { ...(await newVisitor(world)) })
    await register(world, phoneFlow, { phone: ada.phone })
    const code = await codeOf(world, ada, 'phone')
    const rows = await Promise.all(
      ['proofs', 'passwords', 'identities', 'users', 'flows', 'jobs', 'events'].map((table) =>
        look(world, `SELECT * FROM ${table}`),
      ),
    )
    const text = (value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
    const stored = rows.flat().flatMap((row) => Object.values(row).map(text))
    for (const secret of [ada.email, ada.phone, ada.phone.slice(3), password, '$argon2']) {
      expect(stored.filter((value) => value.includes(secret))).toEqual([])
      expect(log.filter((line) => line.includes(secret))).toEqual([])
    }
    expect(stored).not.toContain(code)
    expect(log.length).toBeGreaterThan(0)
  })
})

describe('a password', () => {
  test('is looked at five times, then once in four minutes; after a hundred wrong ones it opens no more [T33]', async () => {
    const ada = await newVisitor(world)
    await registerByEmail(world, ada)
    const { passwords } = world.app.credentials
    const key = world.app.users.credentialKey('email', ada.email)
    const userId = (await world.app.users.findByCredential(world.app.store.db, key))?.userId
    expect(await passwords.isRight(userId, password)).toBe(true)
    await Promise.all(Array.from({ length: 8 }, () => passwords.isRight(userId, 'wrong wrong')))
    expect(await passwords.isRight(userId, password)).toBe(false)
    world.clock.advance(4 * minuteMs)
    expect(await passwords.isRight(userId, password)).toBe(true)
    await world.app.store.write((tx) => tx.updateTable('passwords').set({ tries: 100 }).execute())
    world.clock.advance(60 * minuteMs)
    expect(await passwords.isRight(userId, password)).toBe(false)
    expect(await passwords.isRight(undefined, password)).toBe(false)
  })
})

describe('the operator’s SMS gateway', () => {
  test('is told by a signed request, and again with the same id when it failed; the log names nobody', async () => {
    const key = randomBytes(32)
    const received: { id: string; valid: boolean; body: string }[] = []
    const gateway = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        const id = String(request.headers['webhook-id'])
        const signed = `${id}.${request.headers['webhook-timestamp']}.${body}`
        const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
        received.push({ id, body, valid: request.headers['webhook-signature'] === expected })
        response.writeHead(received.length === 1 ? 500 : 204).end()
      })
    })
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
    const lines: string[] = []
    const real = await startHarness({
      app: { registration: ['phone'] },
      config: {
        smsWebhook: {
          url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/sms`,
          secret: new Secret(`whsec_${key.toString('base64')}`),
        },
      },
      logTo: { write: (line) => void lines.push(line) },
    })
    const ada = await newVisitor(real)
    const flow = await scanned(real, ada)
    await register(real, flow, { phone: ada.phone })
    await expect(real.app.housekeep()).rejects.toThrow('the SMS gateway answered 500')
    real.clock.advance(2_000)
    await real.app.housekeep()
    expect(received.map(({ valid }) => valid)).toEqual([true, true])
    expect(received[0]?.id).toBe(received[1]?.id)
    const { type, data } = JSON.parse(received[1]?.body ?? '{}')
    expect(type).toBe('sms.send')
    expect(data).toMatchObject({ to: ada.phone, purpose: 'registration', site: '示例商店', minutes: 5 })
    expect(data.text).toContain(data.code)
    expect(lines.filter((line) => line.includes(ada.phone) || line.includes(data.code))).toEqual([])
    expect((await register(real, flow, { phone: ada.phone, sms_code: data.code })).status).toBe(200)
    await real.close()
    await new Promise((resolve) => gateway.close(resolve))
  })
})
