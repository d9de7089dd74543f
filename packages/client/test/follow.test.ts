import { afterEach, describe, expect, it, vi } from 'vitest'
import { createHufu, type Event } from '../src/index.ts'

const event = (n: number): Event => ({ id: `ev_${n}`, type: 'binding.created', at: '2026-01-01T00:00:00Z', data: {} })
const page = (...ids: number[]) => Response.json({ data: ids.map(event), next_cursor: ids.at(-1) ?? null })
const refusal = (status: number, headers = {}) =>
  new Response(JSON.stringify({ code: 'refused' }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })

function answering(...answers: (() => Response)[]) {
  const asked: string[] = []
  const hufu = createHufu({
    baseUrl: 'http://localhost',
    apiKey: 'hk_test',
    async fetch(url) {
      asked.push(new URL(String(url)).search)
      const answer = answers.shift()
      if (!answer) throw new TypeError('fetch failed')
      return answer()
    },
  })
  return { hufu, asked }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('following the feed', () => {
  it('asks on from the last event, over empty answers', async () => {
    const { hufu, asked } = answering(
      () => page(7, 8),
      () => page(),
      () => page(9),
    )
    const heard: string[] = []
    for await (const { id } of hufu.events.follow({ after: 'ev_6' })) {
      heard.push(id)
      if (id === 'ev_9') break
    }
    expect(heard).toEqual(['ev_7', 'ev_8', 'ev_9'])
    expect(asked).toEqual(['?after=ev_6&wait=25', '?after=ev_8&wait=25', '?after=ev_8&wait=25'])
  })

  it('stays away as long as Hufu asks, and twice as long each time where it does not say', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { hufu, asked } = answering(
      () => refusal(429, { 'retry-after': '3' }),
      () => refusal(502),
      () => refusal(502),
      () => page(1),
    )
    const next = hufu.events.follow().next()
    await vi.advanceTimersByTimeAsync(2_999)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(499)
    expect(asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(501)
    expect(asked).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(2_000)
    expect((await next).value).toMatchObject({ id: 'ev_1' })
  })

  it('throws what will not pass by itself', async () => {
    const { hufu } = answering(() => refusal(401))
    await expect(hufu.events.follow().next()).rejects.toMatchObject({ status: 401 })
  })

  it('ends when it is told to, also while it waits to try again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { hufu, asked } = answering()
    const stopping = new AbortController()
    const next = hufu.events.follow({ signal: stopping.signal }).next()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(1)
    stopping.abort()
    expect(await next).toEqual({ value: undefined, done: true })
    expect(vi.getTimerCount()).toBe(0)
  })
})
