import { describe, expect, it } from 'vitest'
import { createHufu, HufuError } from '../src/index.ts'

const apiKey = 'hk_canary0123456789'

/** Hufu, or whatever stands in its place, answering what it is told. */
function answering(...answers: (Response | Error)[]) {
  const requests: { url: string; init: RequestInit }[] = []
  const hufu = createHufu({
    baseUrl: 'https://hufu.example.com/',
    apiKey,
    async fetch(url, init = {}) {
      requests.push({ url: String(url), init })
      const answer = answers.shift()
      if (answer instanceof Response) return answer
      throw answer ?? new Error('no answer left')
    },
  })
  return { hufu, requests }
}

const problem = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json', ...headers } })

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )

describe('a refusal', () => {
  it('tells code, status, what to do, the request and how long to stay away', async () => {
    const errors = [{ path: 'kind', message: 'is not known' }]
    const body = { title: 'Too many', code: 'rate_limited', detail: 'Wait.', request_id: 'rq_1', errors }
    const { hufu } = answering(problem(429, body, { 'retry-after': '7' }))
    const error = await caught(hufu.flows.create({ kind: 'login' }))
    expect(error).toBeInstanceOf(HufuError)
    expect(error).toMatchObject({
      code: 'rate_limited',
      status: 429,
      detail: 'Wait.',
      requestId: 'rq_1',
      retryAfter: 7,
      errors,
      passes: true,
    })
    expect(String(error)).toBe('HufuError: Hufu: rate_limited (429) Wait.')
  })

  it.each([
    ['a proxy’s page', new Response('<h1>Bad Gateway</h1>', { status: 502 }), { code: 'http_502', passes: true }],
    [
      'JSON that is no problem document',
      Response.json({ code: 'x' }, { status: 404 }),
      { code: 'http_404', passes: false },
    ],
    ['a problem document without a code', problem(500, { title: 'x' }), { code: 'http_500', passes: true }],
    [
      'members of the wrong type',
      problem(409, { code: 'flow_over', detail: 7, errors: ['x'], ways: [{ way: 'template' }] }),
      { code: 'flow_over', detail: undefined, errors: [], ways: [] },
    ],
    ['an answer that is no JSON', new Response('hello', { status: 200 }), { code: 'bad_answer', status: 200 }],
    ['no answer', new TypeError('fetch failed'), { code: 'network', status: 0, passes: true }],
  ])('is understood when it is %s', async (_, answer, expected) => {
    const { hufu } = answering(answer)
    expect(await caught(hufu.flows.get('fl_1'))).toMatchObject(expected)
  })
})

describe('the API key', () => {
  it('is in no error, whatever fetch says', async () => {
    const { hufu } = answering(new TypeError(`Headers.append: "Bearer ${apiKey}" is an invalid header value`))
    const error = await caught(hufu.flows.redeem('fl_1', { completion_code: 'cc_canary' }))
    const told = [
      String(error),
      JSON.stringify(error),
      error instanceof Error ? `${error.stack}${String(error.cause)}` : '',
    ].join()
    expect(told).not.toContain('canary')
  })

  it.each(['', 'Bearer hk_abc', 'hk_', 'hk_a b', 'hk_a\r\nx: y', 'bs_abc'])(
    'is refused without being repeated: %j',
    (bad) => {
      const make = () => createHufu({ baseUrl: 'https://hufu.example.com', apiKey: bad })
      expect(make).toThrow('apiKey is not an API key of Hufu (hk_…).')
    },
  )

  it('does not follow a redirect', async () => {
    const { hufu, requests } = answering(Response.json({ data: [], next_cursor: null }))
    await hufu.users.findByExternalId('42')
    expect(requests[0]?.init.redirect).toBe('error')
  })
})

describe('a request', () => {
  it('escapes what goes into its address', async () => {
    const { hufu, requests } = answering(
      problem(404, { code: 'not_found' }),
      Response.json({ data: [], next_cursor: null }),
    )
    await caught(hufu.flows.get('../users?x=1'))
    await hufu.users.findByExternalId('a&b=c d')
    expect(requests.map(({ url }) => url)).toEqual([
      'https://hufu.example.com/v1/flows/..%2Fusers%3Fx%3D1',
      'https://hufu.example.com/v1/users?external_user_id=a%26b%3Dc+d',
    ])
  })

  it('ends with the caller’s own reason when the caller aborts it', async () => {
    const reason = new Error('the visitor left')
    const hufu = createHufu({
      baseUrl: 'http://localhost',
      apiKey,
      fetch: (_, init) => Promise.reject(init?.signal?.reason),
    })
    expect(await caught(hufu.flows.get('fl_1', { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  it.each(['hufu.example.com', 'ftp://hufu.example.com', ''])('needs a web address: %j', (baseUrl) => {
    expect(() => createHufu({ baseUrl, apiKey })).toThrow(TypeError)
  })
})
