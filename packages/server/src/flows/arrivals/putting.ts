import type { Batch } from '../../store/store.ts'
import { answerFlow, type ScannedFlow, scanFlow, settleFlow } from './queries.ts'

/** A scan and what it led to are two steps in the table as they are in the flow; most flows take only the first, which is the cheaper one. */
export function putChanges(batch: Batch, read: Map<string, ScannedFlow>, flows: Map<string, ScannedFlow>): void {
  const inOrder = [...flows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const scanned: Parameters<Batch['put']>[1] = []
  const settled: Parameters<Batch['put']>[1] = []
  const answered: Parameters<Batch['put']>[1] = []
  for (const flow of inOrder) {
    const before = read.get(flow.id)
    if (!before) continue
    let { state, expires_at, assurance, reason } = before
    if (before.scanner_index !== flow.scanner_index) {
      const isDone = flow.state === 'confirmed' && flow.number_tries === before.number_tries
      state = isDone ? 'confirmed' : 'scanned'
      scanned.push([flow.scanner_index, flow.scanned_at, state, isDone ? flow.confirmed_at : null, flow.id])
    }
    if (flow.number_tries !== before.number_tries) {
      answered.push([
        flow.state,
        flow.reason,
        flow.assurance,
        flow.number_tries,
        flow.phone_confirmed_at,
        flow.confirmed_at,
        flow.expires_at,
        flow.id,
        state,
        before.assurance,
        before.number_tries,
      ])
      continue
    }
    if (
      state === flow.state &&
      expires_at === flow.expires_at &&
      assurance === flow.assurance &&
      reason === flow.reason
    )
      continue
    settled.push([
      flow.state,
      flow.reason,
      flow.assurance,
      flow.confirmed_at,
      flow.expires_at,
      flow.id,
      state,
      before.assurance,
    ])
  }
  batch.put(scanFlow, scanned, 'each')
  batch.put(settleFlow, settled, 'each')
  batch.put(answerFlow, answered, 'each')
}
