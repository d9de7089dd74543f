import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FlowView } from '../src/flows/flows.ts'
import { type Harness, type NewFlow, startHarness } from './harness.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness()
})
afterAll(() => world.close())

/** An event stream, read event by event. */
async function open(flow: NewFlow, headers: Record<string, string> = {}) {
  const gone = new AbortController()
  const response = await fetch(`${world.base}/v1/flows/${flow.id}/events`, {
    headers: { authorization: `Bearer ${flow.secret}`, ...headers },
    signal: gone.signal,
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    response,
    close: () => gone.abort(),
    /** @returns the next flow, or undefined when the stream has ended */
    async next(): Promise<FlowView | undefined> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const event = text.slice(0, end)
          text = text.slice(end + 2)
          if (event.startsWith('event: flow\ndata: ')) return JSON.parse(event.slice('event: flow\ndata: '.length))
          continue
        }
        const { value, done } = (await reader?.read()) ?? { done: true }
        if (done) return undefined
        text += value
      }
    },
  }
}

function get(flow: NewFlow, query = '', secret = flow.secret) {
  return world.browser('GET', `/v1/flows/${flow.id}${query}`, secret)
}

describe('a stream', () => {
  test('tells the flow at once, then each change, and ends at the final state', async () => {
    const flow = await world.createFlow()
    const stream = await open(flow)
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(stream.response.headers.get('cache-control')).toBe('no-store')
    expect(await stream.next()).toMatchObject({ id: flow.id, state: 'waiting', next: 'scan' })
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    expect(await stream.next()).toMatchObject({ state: 'scanned', next: 'phone' })
    await world.decide(person, 'confirm')
    const confirmed = await stream.next()
    expect(confirmed).toMatchObject({ state: 'confirmed', next: 'finish' })
    await world.api('POST', `/v1/flows/${flow.id}/redeem`, { completion_code: confirmed?.completion_code })
    expect(await stream.next()).toMatchObject({ state: 'completed', next: null })
    expect(await stream.next()).toBeUndefined()
  })

  test('shows a decline within a second [B33]', async () => {
    const flow = await world.createFlow()
    const stream = await open(flow)
    await stream.next()
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    await stream.next()
    let at = 0
    const declined = stream.next().then((view) => {
      at = performance.now()
      return view
    })
    await world.decide(person, 'decline')
    const answered = performance.now()
    expect(await declined).toMatchObject({ state: 'declined', next: null })
    expect(at - answered).toBeLessThan(1_000)
    expect(await stream.next()).toBeUndefined()
  })

  test('ends when the flow expires', async () => {
    const flow = await world.createFlow({ kind: 'login', expires_in: 5 })
    const stream = await open(flow)
    await stream.next()
    world.clock.advance(6_000)
    await world.app.housekeep()
    expect(await stream.next()).toMatchObject({ state: 'expired' })
    expect(await stream.next()).toBeUndefined()
  })

  test('is open at most twice for a flow; a third is told to poll, and may come when one has gone', async () => {
    const flow = await world.createFlow()
    const [first, second] = [await open(flow), await open(flow)]
    const third = await open(flow)
    expect(third.response.status).toBe(429)
    expect(third.response.headers.get('retry-after')).toBe('5')
    expect((await get(flow)).status).toBe(200)
    await world.browser('DELETE', `/v1/flows/${flow.id}`, flow.secret)
    for (const stream of [first, second]) while (await stream.next());
    expect((await open(flow)).response.status).toBe(200)
  })

  test('of one address may be limited; other flows can still be polled', async () => {
    const small = await startHarness({
      config: {
        limits: {
          flowsPerAddress: 60,
          flowsPerApp: 600,
          logins: 300,
          oauthPerAddress: 1_000_000,
          codesPerAddress: 1_000_000,
          codesPerApp: 1_000_000,
          bindsPerUser: 10,
          streamsPerAddress: 1,
          streamsPerNode: 9,
          signaturesPerApp: 600,
          signaturesPerAddress: 60,
        },
      },
    })
    const flows = [await small.createFlow(), await small.createFlow()]
    const statuses = []
    for (const { id, secret } of flows) {
      const headers = { authorization: `Bearer ${secret}` }
      statuses.push((await fetch(`${small.base}/v1/flows/${id}/events`, { headers })).status)
      expect((await fetch(`${small.base}/v1/flows/${id}`, { headers })).status).toBe(200)
    }
    await small.close()
    expect(statuses).toEqual([200, 429])
  })
})

describe('a long poll', () => {
  test('is held until the state differs from `seen`', async () => {
    const flow = await world.createFlow()
    const answer = get(flow, '?wait=25&seen=waiting')
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    expect((await answer).body.state).toBe('scanned')
    const fine = get(flow, '?wait=25&seen=scanned:phone')
    await world.decide(person, 'confirm')
    expect((await fine).body.state).toBe('confirmed')
  })

  test('that has nothing to wait for is answered at once, however long the flow has been over', async () => {
    const flow = await world.createFlow({ kind: 'login', expires_in: 5 })
    world.clock.advance(6_000)
    const before = world.clock.now()
    expect((await get(flow, '?wait=25&seen=expired')).body.state).toBe('expired')
    expect(world.clock.now() - before).toBeLessThan(2_000)
  })

  test('wakes when the flow expires', async () => {
    const flow = await world.createFlow({ kind: 'login', expires_in: 5 })
    world.clock.advance(4_500)
    expect((await get(flow, '?wait=25&seen=waiting')).body.state).toBe('expired')
  })
})

describe('polling', () => {
  async function pollUntilRefused(flow: NewFlow, query: string): Promise<number> {
    for (let polls = 0; polls < 90; polls++) {
      const answer = await get(flow, query)
      if (answer.status === 429) {
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
        return polls
      }
    }
    return Number.POSITIVE_INFINITY
  }

  test('a long poll that is given up counts, so that giving up is no way around the limit', async () => {
    const flow = await world.createFlow()
    const headers = { authorization: `Bearer ${flow.secret}` }
    const url = `${world.base}/v1/flows/${flow.id}?wait=25&seen=waiting`
    for (let n = 0; n < 40; n++) {
      await fetch(url, { headers, signal: AbortSignal.timeout(40) }).catch(() => {})
    }
    expect(await pollUntilRefused(flow, '')).toBeLessThan(50)
  })

  test.each(['', '?wait=0', '?wait=25', '?wait=25&seen=nonsense'])(
    'faster than once a second is refused, however it is dressed (“%s”)',
    async (query) => {
      expect(await pollUntilRefused(await world.createFlow(), query)).toBeLessThan(90)
    },
  )
})

describe('who may look', () => {
  test('without the browser secret there is nothing to see, whether or not the flow exists [B24, T16]', async () => {
    const flow = await world.createFlow()
    const scene = new URL(flow.qr.content).pathname.split('/').pop() ?? 'x'
    const answers = []
    for (const id of [flow.id, `fl_${'a'.repeat(26)}`])
      for (const path of [`/v1/flows/${id}`, `/v1/flows/${id}/events`])
        for (const credential of [
          '',
          `Bearer ${scene}`,
          `Bearer ${flow.id}`,
          'Basic eA==',
          `Bearer bs_${'a'.repeat(42)}`,
        ]) {
          const response = await fetch(world.base + path, { headers: credential ? { authorization: credential } : {} })
          const { request_id: _, ...body } = (await response.json()) as Record<string, unknown>
          answers.push({ status: response.status, body })
        }
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
  })

  test('the secret of one flow does not open another, nor one that is not there [B25]', async () => {
    const [one, other] = [await world.createFlow(), await world.createFlow()]
    const foreign = await get(one, '', other.secret)
    const unknown = await world.browser('GET', `/v1/flows/fl_${'a'.repeat(26)}`, other.secret)
    for (const answer of [foreign, unknown]) expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(Object.keys(foreign.body)).toEqual(Object.keys(unknown.body))
    expect(await world.browser('DELETE', `/v1/flows/${one.id}`, other.secret)).toMatchObject({ status: 404 })
    expect(await world.browser('POST', `/v1/flows/${one.id}/code`, other.secret, { code: '1' })).toMatchObject({
      status: 404,
    })
  })

  test('the number and the completion code are the browser’s alone', async () => {
    const flow = await world.createFlow({ kind: 'login', assurance: 'number' })
    const person = await world.newPerson()
    await world.scan(person, flow.qr.content)
    const { number = '' } = (await get(flow)).body
    expect(number).toMatch(/^\d\d$/)
    expect((await world.api('GET', `/v1/flows/${flow.id}`)).body).not.toHaveProperty('number')
    await world.decide(person, 'confirm', { number })
    expect((await world.api('GET', `/v1/flows/${flow.id}`)).body).not.toHaveProperty('completion_code')
    expect((await get(flow)).body.completion_code).toMatch(/^cc_/)
  })
})

describe('from which page', () => {
  function request(method: string, path: string, headers: Record<string, string>) {
    return fetch(world.base + path, { method, headers })
  }

  test('a preflight of an allowed origin passes, of a foreign one does not', async () => {
    const ask = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    const allowed = await request('OPTIONS', '/v1/flows/x/code', { ...ask, origin: 'https://shop.example.com' })
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example.com')
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull()
    for (const origin of ['https://evil.example', 'null', 'https://shop.example.com.evil.example', '']) {
      const refused = await request('OPTIONS', '/v1/flows/x/code', { ...ask, origin })
      expect(refused.status).toBe(403)
      expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('a call from a foreign origin is refused even with the secret, also when another app allows it', async () => {
    const flow = await world.createFlow()
    await world.addSite()
    const authorization = `Bearer ${flow.secret}`
    for (const origin of ['https://evil.example', 'null', 'https://other.example.com'])
      for (const path of [`/v1/flows/${flow.id}`, `/v1/flows/${flow.id}/events`]) {
        const refused = await request('GET', path, { authorization, origin })
        expect(refused.status).toBe(403)
        expect(await refused.json()).toMatchObject({ code: 'origin_not_allowed' })
      }
    const allowed = await request('GET', `/v1/flows/${flow.id}`, { authorization, origin: 'https://shop.example.com' })
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('vary')).toContain('Origin')
  })
})
