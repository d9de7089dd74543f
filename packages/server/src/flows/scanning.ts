import type { Account } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Conflicts } from '../conflicts/conflicts.ts'
import type { Events } from '../events/events.ts'
import type { Live } from '../live/live.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch } from '../store/store.ts'
import type { IdentityIndex, Joinings, Users } from '../users/users.ts'
import { hashSecret } from '../vault/vault.ts'
import { flowsByScene, forgetScanner, openFlowsOfScanner, type ScannedFlow, scanFlow, settleFlow } from './queries.ts'
import { stateOf } from './view.ts'

/** What a scan came to, for the reply. */
export type Scan =
  | { outcome: 'scanned' | 'scanned_again' | 'confirmed' | 'taken' | 'conflict'; flow: ScannedFlow }
  /** Over; or a scene that no flow of this account has. */
  | { outcome: 'over' | 'unknown' }
  /** No scene of ours: a QR code of the account's other systems, or nonsense. */
  | { outcome: 'foreign' }

export interface ScanInput {
  account: Account
  scene: string
  ticket: string | undefined
  openidIndex: string
}

export interface Scanning {
  /** Reads the flows that a batch of arrivals may concern: those of its scenes, and the open ones of those who leave. */
  gather(batch: Batch, arrivals: { scans: ScanInput[]; leavers: string[] }): Promise<ScannedFlows>
}

/** The flows of one batch: they change here, arrival by arrival, and are written together. */
export interface ScannedFlows {
  /** This follower scanned this scene. */
  scan(scan: ScanInput): Scan
  /** This follower left at `leftAt` (ms); what they scanned after that goes on. */
  cancelOfScanner(openidIndex: string, leftAt: number): void
  put(): void
}

/** How long a page has to fetch the completion code of a flow confirmed in its last second. */
export const confirmedLifeMs = 60_000

/** No flow needs its scanner this long after the scan: 30 minutes at most, the extensions of a confirmed one, and 30 to register. */
export const longestLifeMs = 70 * 60_000

/** What a QR code made by API may hold; anything else is no scene of anybody's. */
const scenePattern = /^(?!qrscene_)[0-9A-Za-z_-]{1,64}$/

export function createScanning(deps: {
  clock: Clock
  live: Live
  apps: Apps
  events: Events
  users: Users
  conflicts: Conflicts
}): Scanning {
  const { clock, live, apps, events, users } = deps

  function isScene({ account, scene }: ScanInput): boolean {
    return account.mayAuthenticate && scenePattern.test(scene)
  }

  function sidesOf(flow: ScannedFlow, openidIndex: string): { external: IdentityIndex; wechat: IdentityIndex } {
    return {
      external: { kind: 'external', namespace: flow.app_id, index: flow.external_index ?? '' },
      wechat: { kind: 'wechat', namespace: flow.appid, index: openidIndex },
    }
  }

  const isInstantBind = (flow: ScannedFlow) => flow.assurance === 'instant' && flow.kind === 'bind'

  return {
    async gather(batch, { scans, leavers }) {
      const scenes = [...new Set(scans.filter(isScene).map(({ scene }) => hashSecret(scene)))]
      const since = clock.now() - longestLifeMs
      const [ofScenes, ofLeavers] = await Promise.all([
        batch.find<ScannedFlow>(
          flowsByScene,
          scenes.map((scene) => [scene]),
        ),
        batch.find<ScannedFlow>(
          openFlowsOfScanner,
          [...new Set(leavers)].map((leaver) => [leaver, since]),
        ),
      ])
      const read = new Map([...ofScenes, ...ofLeavers].map((flow) => [flow.id, flow]))
      const flows = new Map([...read].map(([id, flow]) => [id, { ...flow }]))
      const byScene = new Map([...flows.values()].map((flow) => [flow.scene_hash, flow]))
      const joinings = await foreseeBinds(batch, scans, byScene)
      const gone = new Set<string>()
      const conflicts = deps.conflicts.gather(batch)
      const isOpen = (flow: ScannedFlow) => ['scanned', 'registration_required', 'confirmed'].includes(flow.state)

      function tell(
        flow: ScannedFlow,
        type: Parameters<Events['append']>[2],
        data: object = { kind: flow.kind },
      ): void {
        events.append(batch, flow.app_id, type, { flow_id: flow.id, ...data })
        live.changed(batch, [flow.id])
      }

      /** Where the scan itself confirms, a bind that could not be redeemed ends here. */
      function settleBind(flow: ScannedFlow, openidIndex: string): Scan {
        const now = clock.now()
        const { external, wechat } = sidesOf(flow, openidIndex)
        const joining = joinings.foresee(flow.app_id, external, wechat)
        if (joining.outcome === 'conflict') {
          flow.state = 'failed'
          flow.reason = joining.reason
          tell(flow, 'flow.failed', { reason: joining.reason })
          tell(flow, 'binding.conflict', { reason: joining.reason })
          conflicts.meet({ conflict: joining, flow, wechatIndex: openidIndex })
          return { outcome: 'conflict', flow }
        }
        return confirm(flow, now)
      }

      function confirm(flow: ScannedFlow, now: number): Scan {
        flow.state = 'confirmed'
        flow.confirmed_at = now
        flow.expires_at = Math.max(flow.expires_at, now + confirmedLifeMs)
        tell(flow, 'flow.confirmed')
        return { outcome: 'confirmed', flow }
      }

      function win(flow: ScannedFlow, openidIndex: string, now: number): Scan {
        flow.state = 'scanned'
        flow.scanner_index = openidIndex
        flow.scanned_at = now
        tell(flow, 'flow.scanned')
        if (isInstantBind(flow)) return settleBind(flow, openidIndex)
        return flow.assurance === 'instant' ? confirm(flow, now) : { outcome: 'scanned', flow }
      }

      return {
        scan(scan) {
          if (!isScene(scan)) return { outcome: 'foreign' }
          const now = clock.now()
          const flow = byScene.get(hashSecret(scan.scene))
          if (flow?.appid !== scan.account.appid) return { outcome: 'unknown' }
          const state = stateOf(flow, now)
          const fits = scan.ticket === undefined || scan.ticket === flow.ticket
          if (state === 'waiting' && fits && apps.find(flow.app_id)) return win(flow, scan.openidIndex, now)
          if (state !== 'scanned') return { outcome: 'over' }
          if (flow.scanner_index === scan.openidIndex) return { outcome: 'scanned_again', flow }
          // A second person scanned: whoever confirms must now carry six digits back to the PC.
          if (flow.assurance !== 'code') {
            flow.assurance = 'code'
            tell(flow, 'flow.second_scan')
          }
          return { outcome: 'taken', flow }
        },
        cancelOfScanner(openidIndex, leftAt) {
          gone.add(openidIndex)
          for (const flow of flows.values()) {
            const isTheirs = flow.scanner_index === openidIndex && (flow.scanned_at ?? 0) < leftAt + 1_000
            if (!isTheirs || !isOpen(flow)) continue
            flow.state = 'cancelled'
            flow.reason = 'not_following'
            tell(flow, 'flow.cancelled', { reason: flow.reason })
          }
        },
        put() {
          putChanges(batch, read, flows)
          conflicts.put()
          const leavers = [...gone].toSorted()
          batch.put(
            forgetScanner,
            leavers.map((scanner) => [scanner]),
            'any',
          )
          // What they scan at another node at this moment was not among what was read.
          const remaining = [...flows.values()].filter(
            (flow) => gone.has(flow.scanner_index ?? '') && (flow.scanned_at ?? 0) > since && isOpen(flow),
          )
          batch.check(
            openFlowsOfScanner,
            leavers.map((scanner) => [scanner, since]),
            remaining.length,
          )
        },
      }
    },
  }

  /** What the binds that a scan alone may confirm would come to. */
  async function foreseeBinds(batch: Batch, scans: ScanInput[], byScene: Map<string, ScannedFlow>): Promise<Joinings> {
    const keys = scans.flatMap((scan) => {
      const flow = isScene(scan) ? byScene.get(hashSecret(scan.scene)) : undefined
      if (!flow || !isInstantBind(flow)) return []
      const { external, wechat } = sidesOf(flow, scan.openidIndex)
      return [external, wechat]
    })
    return users.gatherSides(batch, keys)
  }
}

/** A scan and what it led to are two steps in the table as they are in the flow; most flows take only the first, which is the cheaper one. */
function putChanges(batch: Batch, read: Map<string, ScannedFlow>, flows: Map<string, ScannedFlow>): void {
  const inOrder = [...flows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const scanned: Parameters<Batch['put']>[1] = []
  const settled: Parameters<Batch['put']>[1] = []
  for (const flow of inOrder) {
    const before = read.get(flow.id)
    if (!before) continue
    let { state, expires_at, assurance, reason } = before
    if (before.scanner_index !== flow.scanner_index) {
      const isDone = flow.state === 'confirmed'
      state = isDone ? 'confirmed' : 'scanned'
      scanned.push([flow.scanner_index, flow.scanned_at, state, isDone ? flow.confirmed_at : null, flow.id])
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
}
