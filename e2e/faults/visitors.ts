import { setTimeout as pause } from 'node:timers/promises'
import type { Outcome } from './history.ts'
import type { Node, World } from './world.ts'

/** What the load came to; the checker holds it against the database. */
export interface Work {
  /** Logins that went through to a redeemed user, and those that did not. */
  done: number
  failed: string[]
  /** Milliseconds from the scan to the page that hears of it. */
  scanToPage: number[]
}

export interface Visitors {
  work: Work
  /** Resolves after that many more logins have been begun. */
  begun(count: number): Promise<void>
  /** Nobody new comes; resolves when the last one is through, or has given up. */
  finish(): Promise<Work>
}

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: other people's JSON, looked at field by field
  body: any
}

const answerMs = 20_000

/** People log in again and again: the flow is made on one node, the page watches another, WeChat pushes to any, a third redeems. */
export function startVisitors(world: World, count: number): Visitors {
  const work: Work = { done: 0, failed: [], scanToPage: [] }
  const { history, random } = world
  let stopping = false
  let begun = 0
  let wake = () => {}

  const node = (position: number) => world.nodes[position % world.nodes.length] as Node

  async function call(
    method: string,
    url: string,
    body?: object,
    bearer?: string,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(bearer && { authorization: `Bearer ${bearer}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(answerMs), ...(signal ? [signal] : [])]),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {} }
  }

  /** One call, recorded; a second try, by way of the balancer, when the first was not answered or told to come again. */
  async function tell(
    op: 'create' | 'confirm' | 'redeem',
    key: string,
    attempt: (again: number) => Promise<Answer>,
    isOk: (answer: Answer) => boolean,
  ): Promise<Answer | undefined> {
    for (let again = 0; again < 2; again++) {
      const began = history.now()
      let outcome: Outcome = 'unknown'
      let answer: Answer | undefined
      try {
        answer = await attempt(again)
        // 503 after a commit in doubt: it may have happened.
        outcome = isOk(answer) ? 'ok' : answer.status >= 500 ? 'unknown' : 'fail'
      } catch {
        // No answer.
      }
      const flow = op === 'create' && outcome === 'ok' ? answer?.body.id : key
      history.add({ op, key: flow, outcome, began, detail: { status: answer?.status, code: answer?.body.code } })
      if (outcome !== 'unknown') return outcome === 'ok' ? answer : undefined
      if (stopping && again > 0) break
      await pause(300)
    }
    return undefined
  }

  const simulator = (method: string, path: string, body?: object) =>
    call(method, `${world.simulator.url}/_sim${path}`, body)

  /** The page: long polls at one node, and at the next when that one is gone. */
  function watch(flow: { id: string; secret: string }, first: number) {
    const stop = new AbortController()
    let state = ''
    let step = ''
    let latest: { completion_code?: string } = {}
    let tell = () => {}
    async function follow(): Promise<void> {
      for (let at = first; !stop.signal.aborted; ) {
        try {
          const seen = state ? `&seen=${state}:${step}` : ''
          const url = `${node(at).url}/v1/flows/${flow.id}?wait=8${seen}`
          const { status, body } = await call('GET', url, undefined, flow.secret, stop.signal)
          if (status !== 200) throw new Error(String(status))
          if (body.state !== state) {
            const began = history.now()
            history.add({ op: 'page', key: flow.id, outcome: 'ok', began, detail: { state: body.state } })
          }
          state = body.state
          step = body.next ?? 'null'
          latest = body
          tell()
        } catch {
          at++
          if (!stop.signal.aborted) await pause(50)
        }
      }
    }
    const following = follow()
    return {
      latest: () => latest,
      async until(wanted: string[], patienceMs: number): Promise<boolean> {
        const patience = AbortSignal.timeout(patienceMs)
        while (!wanted.includes(state) && !patience.aborted) {
          await new Promise<void>((resolve) => {
            tell = resolve
            patience.addEventListener('abort', () => resolve(), { once: true })
          })
        }
        return wanted.includes(state)
      },
      async end() {
        stop.abort()
        await following
      },
    }
  }

  /** @returns where the person was stopped; undefined: they were let in */
  async function login(person: string, turn: number): Promise<string | undefined> {
    const made = await tell(
      'create',
      '?',
      (again) =>
        call(
          'POST',
          `${(again ? world.front : node(turn)).url}/v1/flows`,
          { kind: 'login', expires_in: 600 },
          world.apiKey,
        ),
      ({ status }) => status === 201,
    )
    if (!made) return 'create'
    const flow = made.body
    const page = watch(flow, turn + 2)
    try {
      const began = history.now()
      const { body: pushed } = await simulator('POST', `/people/${person}/scan`, { content: flow.qr.content })
      if (pushed.outcome === 'follow_prompt') {
        await simulator('POST', `/people/${person}/follow`, { account: world.appid, content: flow.qr.content })
      }
      const wasHeard = await page.until(['scanned'], 25_000)
      history.add({ op: 'scan', key: flow.id, outcome: wasHeard ? 'ok' : 'unknown', began, detail: { person } })
      if (!wasHeard) return 'scan'
      work.scanToPage.push(history.now() - began)
      const { body: chat } = await simulator('GET', `/people/${person}/chat?account=${world.appid}`)
      const link = chat.findLast((entry: { links?: { url: string }[] }) => entry.links?.length)?.links[0].url
      const confirmed = await tell(
        'confirm',
        flow.id,
        async () => {
          const opened = await simulator('POST', `/people/${person}/open`, { url: link })
          if (opened.body.status !== 200 || opened.body.forms.length === 0) {
            const { status, title, code } = opened.body
            return { status: 500, body: { code: `open ${opened.status} ${status} ${title} ${code}` } }
          }
          const button = { name: 'decision', value: 'confirm' }
          const done = await simulator('POST', `/people/${person}/submit`, { button })
          // 0: the phone got no answer.
          return { status: done.body.status || 500, body: done.body }
        },
        ({ status }) => status === 200,
      )
      if (!(await page.until(['confirmed'], confirmed ? 15_000 : 1_000))) return 'confirm'
      const { completion_code } = page.latest()
      const redeemed = await tell(
        'redeem',
        flow.id,
        (again) =>
          call(
            'POST',
            `${(again ? world.front : node(turn + 3)).url}/v1/flows/${flow.id}/redeem`,
            { completion_code },
            world.apiKey,
          ),
        ({ status }) => status === 200,
      )
      return redeemed ? undefined : 'redeem'
    } finally {
      await page.end()
    }
  }

  async function visit(number: number): Promise<void> {
    for (let turn = number; !stopping; turn++) {
      // Somebody new at times, so that follows are tried as well as scans.
      const { body } = await simulator('POST', '/people', { name: `visitor ${number}` })
      for (let logins = random.whole(1, 4); logins > 0 && !stopping; logins--) {
        begun++
        wake()
        // A phone that hears nothing for too long gives up, too.
        const stopped = await login(body.id, turn++).catch(() => 'phone')
        if (stopped === undefined) work.done++
        else work.failed.push(stopped)
      }
    }
  }

  const visits = Promise.all(Array.from({ length: count }, (_, number) => visit(number)))
  visits.catch((error) => console.error('the load broke:', error))

  return {
    work,
    async begun(more) {
      const goal = begun + more
      while (begun < goal) {
        await new Promise<void>((resolve) => {
          const former = wake
          wake = () => {
            former()
            resolve()
          }
        })
      }
    },
    async finish() {
      stopping = true
      await visits
      return work
    },
  }
}
