/** The load generator's process: builds a round's pushes, says so, runs the round when told, reports. */
import { randomBytes } from 'node:crypto'
import { buildScanRequest, type CallbackAccount, type Scan } from './push.ts'
import { type RoundLimits, type RoundReport, runRound } from './round.ts'

export interface RoundOrder extends RoundLimits {
  readonly account: CallbackAccount
  /** Live scenes for a server that keeps flows; a number asks for that many invented ones. */
  readonly scans: readonly Scan[] | number
}

export type GeneratorOrder = { readonly prepare: RoundOrder } | { readonly run: true }
export type GeneratorAnswer = { readonly prepared: number } | { readonly report: RoundReport } | { error: string }

export function inventScans(count: number): Scan[] {
  return Array.from({ length: count }, () => {
    const random = randomBytes(36).toString('base64url')
    return { openid: `o${random.slice(0, 27)}`, scene: `l${random.slice(8, 40)}`, ticket: `gQ${random}${random}==` }
  })
}

let prepared: { order: RoundOrder; requests: Buffer[] } | undefined

async function obey(order: GeneratorOrder): Promise<GeneratorAnswer> {
  if ('prepare' in order) {
    const { account, scans } = order.prepare
    const createTime = Math.floor(Date.now() / 1000)
    const list = typeof scans === 'number' ? inventScans(scans) : scans
    prepared = { order: order.prepare, requests: list.map((scan) => buildScanRequest(account, scan, createTime)) }
    globalThis.gc?.()
    return { prepared: list.length }
  }
  if (prepared === undefined) return { error: 'run before prepare' }
  const { order: round, requests } = prepared
  prepared = undefined
  return { report: await runRound(round.account.port, requests, round) }
}

process.on('message', async (order: GeneratorOrder) => {
  try {
    process.send?.(await obey(order))
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit(0))
