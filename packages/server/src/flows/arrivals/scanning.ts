import { followScene } from '../../accounts/accounts.ts'
import type { Apps } from '../../apps/apps.ts'
import { type Chat, confirmsInChat } from '../../chat/chat.ts'
import type { Conflicts } from '../../conflicts/conflicts.ts'
import type { Events } from '../../events/events.ts'
import type { Live } from '../../live/live.ts'
import type { Guards } from '../../signins/signins.ts'
import type { Clock } from '../../store/clock.ts'
import type { IdentityIndex, Users, WechatIndex } from '../../users/users.ts'
import { registersHere } from '../input.ts'
import { type FlowSecrets, longestLifeMs, sceneHash } from '../secrets.ts'
import { kindOf } from '../verifying.ts'
import { stateOf } from '../view.ts'
import { type Agreed, createAnswering } from './answering.ts'
import type { ChatInput, Scan, ScanInput, Scanning } from './outcomes.ts'
import { putChanges } from './putting.ts'
import {
  flowsByChatCode,
  flowsByScene,
  forgetProfile,
  forgetScanner,
  openFlowsOfScanner,
  type ScannedFlow,
} from './queries.ts'

type Won = Agreed | { outcome: 'scanned'; flow: ScannedFlow }

/** What a QR code made by API may hold; anything else is no scene of anybody's. */
const scenePattern = /^(?!qrscene_)[0-9A-Za-z_-]{1,64}$/

export function createScanning(deps: {
  clock: Clock
  live: Live
  apps: Apps
  events: Events
  users: Users
  guards: Pick<Guards, 'gather'>
  chat: Chat
  secrets: FlowSecrets
  conflicts: Conflicts
}): Scanning {
  const { clock, live, apps, events, users, guards, chat, secrets } = deps

  function isScene({ account, scene }: ScanInput): boolean {
    return account.mayAuthenticate && scene !== followScene && scenePattern.test(scene)
  }

  function sidesOf(flow: ScannedFlow, openidIndex: string): { external: IdentityIndex; wechat: IdentityIndex } {
    return {
      external: { kind: 'external', namespace: flow.app_id, index: flow.external_index ?? '' },
      wechat: { kind: 'wechat', namespace: flow.appid, index: openidIndex },
    }
  }

  return {
    async gather(batch, { scans, chats, leavers }) {
      const codes = chats.flatMap(({ account, typed }) =>
        typed.kind === 'code' ? secrets.indexesOfChatCode(account.appid, typed.code) : [],
      )
      const answering = chats.filter(({ account, typed }) => typed.kind !== 'code' && confirmsInChat(account))
      const typists = chats.filter(({ typed }) => typed.kind === 'code').map(({ openidIndex }) => openidIndex)
      const scanners = [...new Set([...leavers, ...answering.map(({ openidIndex }) => openidIndex)])]
      const scenes = [...new Set(scans.filter(isScene).map(({ scene }) => sceneHash(scene)))]
      const since = clock.now() - longestLifeMs
      const [ofScenes, ofCodes, ofScanners, tries] = await Promise.all([
        batch.find<ScannedFlow>(
          flowsByScene,
          scenes.map((scene) => [scene]),
        ),
        batch.find<ScannedFlow>(
          flowsByChatCode,
          [...new Set(codes)].map((code) => [code]),
        ),
        batch.find<ScannedFlow>(
          openFlowsOfScanner,
          scanners.map((scanner) => [scanner, since]),
        ),
        chat.gather(batch, typists),
      ])
      const read = new Map([...ofScenes, ...ofCodes, ...ofScanners].map((flow) => [flow.id, flow]))
      const flows = new Map([...read].map(([id, flow]) => [id, { ...flow }]))
      const byScene = new Map([...flows.values()].map((flow) => [flow.scene_hash, flow]))
      const byCode = new Map([...flows.values()].map((flow) => [flow.chat_index, flow]))
      const codeOf = ({ account, typed }: ChatInput) => {
        const indexes = typed.kind === 'code' ? secrets.indexesOfChatCode(account.appid, typed.code) : []
        return indexes.map((index) => byCode.get(index)).find((flow) => flow !== undefined)
      }
      /** The newest that this person scanned here and has not answered. */
      function asked({ account, openidIndex }: ChatInput): ScannedFlow | undefined {
        const theirs = [...flows.values()].filter(
          (flow) =>
            flow.scanner_index === openidIndex &&
            flow.appid === account.appid &&
            stateOf(flow, clock.now()) === 'scanned',
        )
        return theirs.toSorted((a, b) => (b.scanned_at ?? 0) - (a.scanned_at ?? 0))[0]
      }
      const confirming = [
        ...scans.filter((scan) => byScene.get(sceneHash(scan.scene))?.assurance === 'instant'),
        ...chats.filter((said) => codeOf(said)?.assurance === 'instant' || confirmsInChat(said.account)),
      ]
      const guarding = guards.gather(
        batch,
        confirming.map(({ account, openidIndex }) => [account.appid, openidIndex]),
      )
      const members = users.gatherMembers(batch, [
        ...scans.flatMap((scan) => strangerOf(isScene(scan) ? byScene.get(sceneHash(scan.scene)) : undefined, scan)),
        ...chats.flatMap((said) => strangerOf(said.typed.kind === 'code' ? codeOf(said) : asked(said), said)),
      ])
      const joinings = await users.gatherSides(batch, [
        ...scans.flatMap((scan) => bindOf(isScene(scan) ? byScene.get(sceneHash(scan.scene)) : undefined, scan)),
        ...chats.flatMap((said) => bindOf(said.typed.kind === 'code' ? codeOf(said) : asked(said), said)),
      ])
      const [guarded, known] = await Promise.all([guarding, members])
      const gone = new Set<string>()
      const conflicts = deps.conflicts.gather(batch)
      const isOpen = (flow: ScannedFlow) => ['scanned', 'registration_required', 'confirmed'].includes(flow.state)

      function tell(
        flow: ScannedFlow,
        type: Parameters<Events['append']>[2],
        data: object = { kind: kindOf(flow) },
      ): void {
        events.append(batch, flow.app_id, type, { flow_id: flow.id, ...data })
        live.changed(batch, [flow.id])
      }

      const steps = createAnswering({
        clock,
        secrets,
        tell,
        announce: (flow) => live.changed(batch, [flow.id]),
        isFor: (flow) => isFor(flow, flow.scanner_index ?? ''),
        mustRegister: (flow) =>
          registersHere(apps, flow) && !known.isMember(flow.app_id, sidesOf(flow, flow.scanner_index ?? '').wechat),
        conflictOf(flow) {
          const { external, wechat } = sidesOf(flow, flow.scanner_index ?? '')
          const joining = joinings.foresee(flow.app_id, external, wechat)
          if (joining.outcome !== 'conflict') return undefined
          conflicts.meet({ conflict: joining, flow, wechatIndex: flow.scanner_index ?? '' })
          return joining.reason
        },
      })

      /** Of an approval that names a user, theirs alone. */
      function isFor(flow: ScannedFlow, openidIndex: string): boolean {
        return (
          flow.named_user === null || known.idOf(flow.app_id, sidesOf(flow, openidIndex).wechat) === flow.named_user
        )
      }

      /** A second person has seen the code: whoever confirms must now carry six digits back to the PC. */
      function raise(flow: ScannedFlow): void {
        if (flow.assurance === 'code') return
        flow.assurance = 'code'
        tell(flow, 'flow.second_scan')
      }

      function win(flow: ScannedFlow, openidIndex: string, now: number): Won {
        flow.state = 'scanned'
        flow.scanner_index = openidIndex
        flow.scanned_at = now
        tell(flow, 'flow.scanned')
        // Who has disowned a login lately does not confirm by a scan, or in the chat, alone.
        if (flow.assurance !== 'code' && guarded.has(openidIndex)) {
          flow.assurance = 'code'
          tell(flow, 'flow.guarded')
        }
        // Where the scan itself confirms, a bind that could not be redeemed ends here.
        return flow.assurance === 'instant' ? steps.agree(flow) : { outcome: 'scanned', flow }
      }

      /** A flow was named: by its scene, or by its code. */
      function arrive(
        flow: ScannedFlow,
        openidIndex: string,
        fits: boolean,
      ): Exclude<Scan, { outcome: 'unknown' | 'foreign' }> {
        const now = clock.now()
        const state = stateOf(flow, now)
        if (state === 'waiting' && fits && apps.find(flow.app_id)) {
          if (isFor(flow, openidIndex)) return win(flow, openidIndex, now)
          // It waits on for the one whom it names.
          raise(flow)
          return { outcome: 'not_theirs', flow }
        }
        if (state !== 'scanned') return { outcome: 'over' }
        if (flow.scanner_index === openidIndex) return { outcome: 'scanned_again', flow }
        raise(flow)
        return { outcome: 'taken', flow }
      }

      return {
        scan(scan) {
          if (!isScene(scan)) return { outcome: 'foreign' }
          const flow = byScene.get(sceneHash(scan.scene))
          if (flow?.appid !== scan.account.appid) return { outcome: 'unknown' }
          return arrive(flow, scan.openidIndex, scan.ticket === undefined || scan.ticket === flow.ticket)
        },
        hear(said) {
          const { account, openidIndex, typed } = said
          if (!account.mayAuthenticate) return { outcome: 'foreign' }
          if (typed.kind !== 'code') {
            const flow = confirmsInChat(account) ? asked(said) : undefined
            return flow ? steps.answer(flow, typed) : { outcome: 'foreign' }
          }
          if (tries.isLocked(openidIndex)) return { outcome: 'locked' }
          const flow = codeOf(said)
          if (flow) {
            const arrived = arrive(flow, openidIndex, true)
            return arrived.outcome === 'over' ? { outcome: 'code_over' } : arrived
          }
          tries.countWrong(openidIndex)
          return { outcome: tries.isLocked(openidIndex) ? 'locked' : 'unknown_code' }
        },
        cancelOfScanner(openidIndex, leftAt, reason) {
          gone.add(openidIndex)
          for (const flow of flows.values()) {
            const isTheirs = flow.scanner_index === openidIndex && (flow.scanned_at ?? 0) < leftAt + 1_000
            if (!isTheirs || !isOpen(flow)) continue
            flow.state = 'cancelled'
            flow.reason = reason
            tell(flow, 'flow.cancelled', reason ? { reason } : {})
          }
        },
        put() {
          putChanges(batch, read, flows)
          tries.put()
          conflicts.put()
          const leavers = [...gone].toSorted()
          for (const statement of [forgetScanner, forgetProfile]) {
            batch.put(
              statement,
              leavers.map((scanner) => [scanner]),
              'any',
            )
          }
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

  /** Whether this arrival alone may confirm the flow. */
  function mayConfirm(flow: ScannedFlow, { account }: ScanInput | ChatInput): boolean {
    return flow.assurance === 'instant' || confirmsInChat(account)
  }

  /** Who may have to register before the login that this arrival confirms, or may not be whom an approval names. */
  function strangerOf(flow: ScannedFlow | undefined, arrival: ScanInput | ChatInput): WechatIndex[] {
    const isAsked = flow && (flow.named_user !== null || (registersHere(apps, flow) && mayConfirm(flow, arrival)))
    return isAsked ? [[flow.appid, arrival.openidIndex]] : []
  }

  /** Both sides of a bind that this arrival alone may confirm. */
  function bindOf(flow: ScannedFlow | undefined, arrival: ScanInput | ChatInput): IdentityIndex[] {
    if (flow?.kind !== 'bind' || !mayConfirm(flow, arrival)) return []
    const { openidIndex } = arrival
    const { external, wechat } = sidesOf(flow, openidIndex)
    return [external, wechat]
  }
}
