import type { Events, EventType } from '../events/events.ts'
import type { Live } from '../live/live.ts'
import type { Tx } from '../store/store.ts'
import type { FlowRow } from './queries.ts'
import { kindOf } from './verifying.ts'

export interface Recording {
  /** Wakes whoever watches the flow, when the transaction commits. */
  announce(tx: Tx, row: Pick<FlowRow, 'id'>): void
  /** A step that was taken: it is announced, and the site is told. @returns the row; undefined where no step was taken */
  record(tx: Tx, row: FlowRow | undefined, type: EventType): FlowRow | undefined
}

export function createRecording({ live, events }: { live: Live; events: Events }): Recording {
  function announce(tx: Tx, row: Pick<FlowRow, 'id'>): void {
    live.changed(tx, [row.id])
  }

  function record(tx: Tx, row: FlowRow | undefined, type: EventType): FlowRow | undefined {
    if (!row) return undefined
    const reason = row.reason ? { reason: row.reason } : {}
    announce(tx, row)
    events.append(tx, row.app_id, type, { flow_id: row.id, kind: kindOf(row), assurance: row.assurance, ...reason })
    return row
  }

  return { announce, record }
}
