/** The load generator's process: builds a round's pushes, says so, runs the round when told, reports. */
import { buildScanRequest, type CallbackAccount, type Scan } from './push.ts'
import { type RoundLimits, type RoundReport, runRound } from './round.ts'
import { inventScans } from './scans.ts'
import { answerOrders } from './worker.ts'

export interface RoundOrder extends RoundLimits {
  readonly account: CallbackAccount
  /** Live scenes for a server that keeps flows; a number asks for that many invented ones. */
  readonly scans: readonly Scan[] | number
}

export type GeneratorOrder = { readonly prepare: RoundOrder } | { readonly run: true }
export interface GeneratorAnswer {
  readonly report?: RoundReport
}

let prepared: { order: RoundOrder; requests: Buffer[] } | undefined

answerOrders<GeneratorOrder, GeneratorAnswer>(async (order) => {
  if ('prepare' in order) {
    const { account, scans } = order.prepare
    const createTime = Math.floor(Date.now() / 1000)
    const list = typeof scans === 'number' ? inventScans(scans) : scans
    prepared = { order: order.prepare, requests: list.map((scan) => buildScanRequest(account, scan, createTime)) }
    globalThis.gc?.()
    return {}
  }
  if (prepared === undefined) throw new Error('run before prepare')
  const { order: round, requests } = prepared
  prepared = undefined
  return { report: await runRound(round.account.port, requests, round) }
})
