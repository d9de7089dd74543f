import type { Account } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { type Events, feedName } from '../events/events.ts'
import type { Clock } from '../store/clock.ts'
import type { Statements } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { hashSecret } from '../vault/vault.ts'
import {
  cancelOfScannerInBatch,
  findScannedInBatch,
  prolongInBatch,
  raiseToCodeInBatch,
  type ScannedFlow,
  scanInBatch,
  settleScanInBatch,
} from './queries.ts'
import { stateOf } from './view.ts'

/** What a scan came to, for the reply and for whoever watches. */
export type Scan =
  | { outcome: 'scanned' | 'scanned_again' | 'confirmed'; flow: ScannedFlow; changed: string[] }
  | { outcome: 'taken'; flow: ScannedFlow; changed: string[] }
  | { outcome: 'conflict'; flow: ScannedFlow; changed: string[] }
  /** Over; or a scene that no flow of this account has. */
  | { outcome: 'over' | 'unknown'; changed: string[] }
  /** No scene of ours: a QR code of the account's other systems, or nonsense. */
  | { outcome: 'foreign'; changed: string[] }

export interface Scanning {
  /** Inside a batch of arrivals: this follower scanned this scene. */
  scan(
    tx: Statements,
    scan: {
      account: Account
      scene: string
      ticket: string | undefined
      openidIndex: string
    },
  ): Scan
  /** Inside a batch of arrivals: this follower left at `leftAt` (ms); what they scanned after that goes on. @returns live names */
  cancelOfScanner(tx: Statements, openidIndex: string, leftAt: number): string[]
}

/** How long a page has to fetch the completion code of a flow confirmed in its last second. */
export const confirmedLifeMs = 60_000

/** No flow needs its scanner this long after the scan: 30 minutes at most, the extensions of a confirmed one, and 30 to register. */
export const longestLifeMs = 70 * 60_000

/** What a QR code made by API may hold; anything else is no scene of anybody's. */
const scenePattern = /^(?!qrscene_)[0-9A-Za-z_-]{1,64}$/

export function createScanning(deps: { clock: Clock; apps: Apps; events: Events; users: Users }): Scanning {
  const { clock, apps, events, users } = deps

  function tell(
    tx: Statements,
    flow: ScannedFlow,
    type: 'flow.scanned' | 'flow.confirmed' | 'flow.second_scan',
  ): string[] {
    events.appendInBatch(tx, flow.app_id, type, { flow_id: flow.id, kind: flow.kind })
    return [flow.id, feedName(flow.app_id)]
  }

  /** Where the scan itself confirms, a bind that could not be redeemed ends here. */
  function settleBind(tx: Statements, flow: ScannedFlow, openidIndex: string, scanned: string[]): Scan {
    const now = clock.now()
    const external = { kind: 'external', namespace: flow.app_id, index: flow.external_index ?? '' } as const
    const joining = users.foreseeInBatch(tx, flow.app_id, external, {
      kind: 'wechat',
      namespace: flow.appid,
      index: openidIndex,
    })
    if (joining.outcome === 'conflict') {
      settleScanInBatch(tx, flow.id, { state: 'failed', reason: joining.reason }, now, now)
      const data = { flow_id: flow.id, reason: joining.reason }
      events.appendInBatch(tx, flow.app_id, 'flow.failed', data)
      events.appendInBatch(tx, flow.app_id, 'binding.conflict', data)
      return { outcome: 'conflict', flow, changed: scanned }
    }
    settleScanInBatch(tx, flow.id, { state: 'confirmed', reason: null }, now, now + confirmedLifeMs)
    return { outcome: 'confirmed', flow, changed: [...scanned, ...tell(tx, flow, 'flow.confirmed')] }
  }

  return {
    scan(tx, { account, scene, ticket, openidIndex }) {
      if (!account.mayAuthenticate || !scenePattern.test(scene)) return { outcome: 'foreign', changed: [] }
      const now = clock.now()
      const sceneHash = hashSecret(scene)
      const won = scanInBatch(
        tx,
        { appid: account.appid, sceneHash, ticket: ticket ?? null, scanner: openidIndex },
        now,
      )
      if (won && apps.find(won.app_id)) {
        const changed = tell(tx, won, 'flow.scanned')
        if (won.assurance === 'instant' && won.kind === 'bind') return settleBind(tx, won, openidIndex, changed)
        if (won.state !== 'confirmed') return { outcome: 'scanned', flow: won, changed }
        if (won.expires_at < now + confirmedLifeMs) prolongInBatch(tx, won.id, now + confirmedLifeMs)
        return { outcome: 'confirmed', flow: won, changed: [...changed, ...tell(tx, won, 'flow.confirmed')] }
      }
      const flow = findScannedInBatch(tx, account.appid, sceneHash)
      if (!flow) return { outcome: 'unknown', changed: [] }
      if (stateOf(flow, now) !== 'scanned') return { outcome: 'over', changed: [] }
      if (flow.scanner_index === openidIndex) return { outcome: 'scanned_again', flow, changed: [] }
      const raised = raiseToCodeInBatch(tx, flow.id, now)
      return { outcome: 'taken', flow, changed: raised ? tell(tx, flow, 'flow.second_scan') : [] }
    },
    cancelOfScanner(tx, openidIndex, leftAt) {
      const window = { after: clock.now() - longestLifeMs, before: leftAt + 1_000 }
      const cancelled = cancelOfScannerInBatch(tx, openidIndex, window, 'not_following')
      for (const flow of cancelled) {
        events.appendInBatch(tx, flow.app_id, 'flow.cancelled', { flow_id: flow.id, reason: 'not_following' })
      }
      return cancelled.flatMap((flow) => [flow.id, feedName(flow.app_id)])
    },
  }
}
