import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Flow } from './flow.ts'
import { follow, type Link } from './follow.ts'
import { ProblemError } from './http.ts'
import { createPauses, type Line } from './line.ts'

const waiting: Flow = {
  id: 'fl_1',
  kind: 'login',
  state: 'waiting',
  next: 'scan',
  qr: { content: '', svg: '<svg/>' },
  expires_at: '2026-01-01T00:00:00Z',
}
const declined: Flow = { ...waiting, state: 'declined', next: null }

type Step = (url: string, init: RequestInit) => Response | Promise<Response>

const frame = (flow: Flow) => `event: flow\ndata: ${JSON.stringify(flow)}\n\n`
const stream = (...flows: Flow[]) =>
  new Response(flows.map(frame).join(''), { headers: { 'content-type': 'text/event-stream' } })
const answer = (flow: Flow) => Response.json(flow)
const refusal = (status: number, headers = {}) => Response.json({ code: 'no', status }, { status, headers })
const down = () => Promise.reject(new TypeError('network'))
const silent: Step = (_, { signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Follows with one step of the script per request; says which paths were asked, at what time, and what was reported. */
async function run(...script: Step[]) {
  const asked: string[] = []
  const times: number[] = []
  const heard: Flow['state'][] = []
  const links: Link[] = []
  const began = Date.now()
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url.replace('https://h/v1/flows/fl_1', ''))
    times.push(Date.now() - began)
    const step = script.shift()
    if (!step) throw new Error(`nothing left to answer ${url}`)
    return step(url, init)
  }
  const line: Line = {
    url: 'https://h/v1/flows/fl_1',
    secret: 's3cret',
    fetch,
    random: () => 0.5,
    pause: createPauses().pause,
  }
  const controller = new AbortController()
  const on = { flow: (flow: Flow) => void heard.push(flow.state), link: (link: Link) => void links.push(link) }
  const end = follow(line, waiting, on, controller.signal).then(
    () => undefined,
    (error: unknown) => error,
  )
  await vi.runAllTimersAsync()
  controller.abort()
  return { asked, times, heard, links, error: await end }
}

test('a stream tells every change until the flow is over', async () => {
  const { asked, heard } = await run(() => stream(waiting, { ...waiting, state: 'scanned' }, declined))
  expect(asked).toEqual(['/events'])
  expect(heard).toEqual(['waiting', 'scanned', 'declined'])
})

test('the secret travels in a header and never in an address', async () => {
  const inits: RequestInit[] = []
  const keep =
    (step: Step): Step =>
    (url, init) => {
      inits.push(init)
      return step(url, init)
    }
  const { asked } = await run(
    keep(() => refusal(503)),
    keep(() => refusal(503)),
    keep(() => answer(declined)),
  )
  expect(inits.map((init) => new Headers(init.headers).get('authorization'))).toEqual(Array(3).fill('Bearer s3cret'))
  expect(inits.every((init) => init.credentials === 'omit')).toBe(true)
  expect(asked.join()).not.toContain('s3cret')
})

test('a stream that is cut is opened again, and after the second cut long-poll takes over', async () => {
  const { asked, times } = await run(
    () => new Response(`retry: 100\n\n${frame(waiting)}`, { headers: { 'content-type': 'text/event-stream' } }),
    down,
    () => answer(declined),
  )
  expect(asked).toEqual(['/events', '/events', '?wait=25&seen=waiting:scan'])
  expect(times).toEqual([0, 75, 225])
})

test('a body that is no event stream leads to long-poll at once', async () => {
  const { asked, times } = await run(
    () => answer(waiting),
    () => answer(declined),
  )
  expect(asked).toEqual(['/events', '?wait=25&seen=waiting:scan'])
  expect(times).toEqual([0, 0])
})

test('a proxy that keeps the stream back leads to long-poll', async () => {
  const { asked, times } = await run(silent, () => answer(declined))
  expect(asked).toEqual(['/events', '?wait=25&seen=waiting:scan'])
  expect(times).toEqual([0, 8000])
})

test('a stream that falls silent is given up', async () => {
  const mute = (_: string, { signal }: RequestInit) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(': hello\n\n'))
          signal?.addEventListener('abort', () => controller.error(new Error('aborted')))
        },
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    )
  const { asked, times } = await run(mute, () => stream(declined))
  expect(asked).toEqual(['/events', '/events'])
  expect(times).toEqual([0, 45_750])
})

test('a refused stream leads to long-poll at once, whatever its Retry-After says', async () => {
  const { asked, times } = await run(
    () => refusal(429, { 'retry-after': '60' }),
    () => answer(declined),
  )
  expect(asked).toEqual(['/events', '?wait=25&seen=waiting:scan'])
  expect(times).toEqual([0, 0])
})

test('when long-poll fails twice plain polling takes over, every two to three seconds', async () => {
  const { asked, times } = await run(
    () => refusal(429),
    down,
    down,
    () => answer(waiting),
    () => answer(waiting),
    () => answer(declined),
  )
  expect(asked).toEqual(['/events', ...Array(2).fill('?wait=25&seen=waiting:scan'), '', '', ''])
  const gaps = times.slice(4).map((time, index) => time - (times[index + 3] ?? 0))
  expect(gaps).toEqual([2500, 2500])
})

test('polling honours Retry-After and says so', async () => {
  const { times, links } = await run(
    () => refusal(503),
    () => refusal(503, { 'retry-after': '7' }),
    () => refusal(429, { 'retry-after': '11' }),
    () => answer(declined),
  )
  expect(times).toEqual([0, 0, 7000 + 2500, 7000 + 2500 + 11_000 + 2500])
  expect(links).toEqual([7, 11, 'up'])
})

test('a long-poll that is not held does not become a storm', async () => {
  const { asked } = await run(
    () => refusal(503),
    () => answer(waiting),
    () => answer(declined),
  )
  expect(asked).toEqual(['/events', '?wait=25&seen=waiting:scan', ''])
})

test('the waits grow, stay under fifteen seconds and one quick cut is not shown', async () => {
  const failures = Array.from({ length: 9 }, () => down)
  const { times, links } = await run(...failures, () => answer(declined))
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  expect(gaps[0]).toBe(750)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000 + 3000)
  expect(links).toEqual([...Array(8).fill('reconnecting'), 'up'])
})

test.each([401, 403, 404])('%i ends it: no retry mends that', async (status) => {
  const { asked, error } = await run(() => refusal(status))
  expect(asked).toEqual(['/events'])
  expect(error).toBeInstanceOf(ProblemError)
  expect((error as ProblemError).problem.status).toBe(status)
})

test('what is no flow in a stream is passed over', async () => {
  const { heard } = await run(
    () =>
      new Response(`event: flow\ndata: {"id":\n\nevent: other\ndata: {}\n\n${frame(declined)}`, {
        headers: { 'content-type': 'text/event-stream' },
      }),
  )
  expect(heard).toEqual(['declined'])
})
