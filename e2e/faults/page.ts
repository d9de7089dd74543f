import { setTimeout as pause } from 'node:timers/promises'
import { call } from './calls.ts'
import type { World } from './world.ts'

export interface Page {
  latest(): { completion_code?: string }
  /** @returns whether one of these states was seen in time */
  until(wanted: string[], patienceMs: number): Promise<boolean>
  end(): Promise<void>
}

/** The page: long polls at one node, and at the next when that one is gone. */
export function watchPage(world: World, flow: { id: string; secret: string }, first: number): Page {
  const { history, nodes } = world
  const stop = new AbortController()
  let state = ''
  let step = ''
  let latest: { completion_code?: string } = {}
  let tell = () => {}

  async function follow(): Promise<void> {
    for (let at = first; !stop.signal.aborted; ) {
      try {
        const seen = state ? `&seen=${state}:${step}` : ''
        const url = `${nodes[at % nodes.length]?.url}/v1/flows/${flow.id}?wait=8${seen}`
        const { status, body } = await call('GET', url, { bearer: flow.secret, signal: stop.signal })
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
    async until(wanted, patienceMs) {
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
