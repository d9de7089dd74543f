import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { CallbackMetrics } from './inbox/callback.ts'

export interface Metrics extends CallbackMetrics {
  registry: Registry
  answered(answer: { route: string; method: string; status: number }): void
  called(call: { path: string; errcode: number }): void
  ran(run: { kind: string; result: string }): void
}

/** Counts without identifiers: labels are route templates, API paths and outcomes. */
export function createMetrics(read: { streams(): number }): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const pushes = new Counter({
    name: 'hufu_pushes_total',
    help: 'Pushes from WeChat by outcome',
    labelNames: ['result'],
    registers,
  })
  const requests = new Counter({
    name: 'hufu_http_requests_total',
    help: 'Answers by route template',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const calls = new Counter({
    name: 'hufu_wechat_calls_total',
    help: 'Calls of WeChat’s API by errcode',
    labelNames: ['path', 'errcode'],
    registers,
  })
  const runs = new Counter({
    name: 'hufu_job_runs_total',
    help: 'Runs of background jobs by outcome; “lost” is a run whose lease went to another node',
    labelNames: ['kind', 'result'],
    registers,
  })
  new Gauge({
    name: 'hufu_event_streams',
    help: 'Open event streams',
    registers,
    collect() {
      this.set(read.streams())
    },
  })
  const byResult = {
    stored: pushes.labels('stored'),
    repeated: pushes.labels('repeated'),
    refused: pushes.labels('refused'),
    clock: pushes.labels('clock'),
    unavailable: pushes.labels('unavailable'),
  }
  return {
    registry,
    push: (result) => byResult[result].inc(),
    answered: ({ route, method, status }) => requests.inc({ method, route, status: String(status) }),
    ran: ({ kind, result }) => runs.inc({ kind, result }),
    called: ({ path, errcode }) => calls.inc({ path, errcode: String(errcode) }),
  }
}
