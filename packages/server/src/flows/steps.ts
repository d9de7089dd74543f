import type { Apps } from '../apps/apps.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { FlowReason } from '../store/tables.ts'
import type { Users } from '../users/users.ts'
import { registersHere } from './input.ts'
import type { Profile, Profiles } from './profiles.ts'
import { advance, countTry, type FlowRow, holdFlow, markRegistered } from './queries.ts'
import type { Recording } from './recording.ts'
import { confirmedLifeMs, handBackLifeMs, numberTries, registeringLifeMs } from './secrets.ts'

/** Each one conditional update inside the caller's transaction; undefined when the flow was not there any more. */
export interface FlowSteps {
  /** The flow as it is, held still until the transaction ends. */
  hold(tx: Tx, id: string): Promise<FlowRow | undefined>
  claimByLink(tx: Tx, row: FlowRow, scanner: { index: string; sealed: Uint8Array }): Promise<FlowRow | undefined>
  /** Before the yes. */
  keepProfile(tx: Tx, row: FlowRow, profile: Profile): Promise<void>
  tryNumber(tx: Tx, id: string): Promise<number | undefined>
  confirmOnPhone(tx: Tx, row: FlowRow): Promise<FlowRow | undefined>
  decline(tx: Tx, row: FlowRow): Promise<FlowRow | undefined>
  /** A move takes the six digits, whatever the app asks of its binds. */
  askForCode(tx: Tx, row: FlowRow): Promise<FlowRow | undefined>
  /** Whoever confirms must now carry six digits back to the PC. @returns the flow as it is then */
  raise(tx: Tx, row: FlowRow, why?: 'flow.second_scan' | 'flow.guarded'): Promise<FlowRow>
  fail(tx: Tx, row: FlowRow, reason: FlowReason): Promise<FlowRow | undefined>
  complete(tx: Tx, row: FlowRow): Promise<FlowRow | undefined>
  /** The person who was unknown has registered here. */
  registered(tx: Tx, row: FlowRow): Promise<FlowRow | undefined>
  register(tx: Tx, id: string): Promise<FlowRow | undefined>
}

interface Confirming extends FlowSteps {
  /** A person who is unknown registers first, where it is Hufu that registers people. */
  confirm(tx: Tx, row: FlowRow, now: number): Promise<FlowRow | undefined>
}

const registrationLifeMs = 30 * 60_000

export function createSteps(
  deps: { clock: Clock; apps: Apps; users: Users; profiles: Profiles } & Recording,
): Confirming {
  const { clock, apps, users, profiles, announce, record } = deps

  const steps: FlowSteps = {
    hold: holdFlow,
    async claimByLink(tx, row, scanner) {
      const now = clock.now()
      const change = {
        state: 'scanned',
        scanner_index: scanner.index,
        scanner_sealed: scanner.sealed,
        scanned_at: now,
      } as const
      return record(tx, await advance(tx, row.id, ['waiting'], now, change), 'flow.scanned')
    },
    async keepProfile(tx, row, profile) {
      const change = { profile_sealed: profiles.seal(row, profile) }
      const kept = await advance(tx, row.id, ['scanned'], clock.now(), change, { phoneConfirmed: false })
      if (kept) announce(tx, kept)
    },
    tryNumber: (tx, id) => countTry(tx, id, 'number_tries', numberTries, clock.now()),
    async confirmOnPhone(tx, row) {
      const now = clock.now()
      if (row.assurance === 'code') {
        const change = { phone_confirmed_at: now, expires_at: Math.max(row.expires_at, now + handBackLifeMs) }
        const confirmed = await advance(tx, row.id, ['scanned'], now, change)
        if (confirmed) announce(tx, confirmed)
        return confirmed
      }
      return confirm(tx, row, now)
    },
    async decline(tx, row) {
      return record(tx, await advance(tx, row.id, ['scanned'], clock.now(), { state: 'declined' }), 'flow.declined')
    },
    async askForCode(tx, row) {
      if (row.assurance === 'code') return row
      const raised = await advance(tx, row.id, ['scanned'], clock.now(), { assurance: 'code' })
      if (raised) announce(tx, raised)
      return raised
    },
    async raise(tx, row, why = 'flow.second_scan') {
      if (row.assurance === 'code') return row
      const also = { assuranceNot: 'code' } as const
      const raised = await advance(tx, row.id, ['waiting', 'scanned'], clock.now(), { assurance: 'code' }, also)
      return record(tx, raised, why) ?? row
    },
    async fail(tx, row, reason) {
      const change = { state: 'failed', reason } as const
      return record(tx, await advance(tx, row.id, ['scanned', 'confirmed'], clock.now(), change), 'flow.failed')
    },
    async complete(tx, row) {
      const now = clock.now()
      const change = { state: 'completed', completed_at: now } as const
      return record(tx, await advance(tx, row.id, ['confirmed'], now, change), 'flow.completed')
    },
    registered: (tx, row) => finish(tx, row, 'registration_required', clock.now()),
    register: (tx, id) => markRegistered(tx, id, clock.now(), clock.now() - registrationLifeMs),
  }

  async function confirm(tx: Tx, row: FlowRow, now: number): Promise<FlowRow | undefined> {
    const wechat = { kind: 'wechat', namespace: row.appid, index: row.scanner_index ?? '' } as const
    const mustRegister = registersHere(apps, row) && !(await users.isMember(tx, row.app_id, wechat))
    if (!mustRegister) return finish(tx, row, 'scanned', now)
    const change = {
      state: 'registration_required',
      expires_at: Math.max(row.expires_at, now + registeringLifeMs),
    } as const
    return record(tx, await advance(tx, row.id, ['scanned'], now, change), 'flow.registration_required')
  }

  async function finish(tx: Tx, row: FlowRow, from: 'scanned' | 'registration_required', now: number) {
    const change = {
      state: 'confirmed',
      confirmed_at: now,
      expires_at: Math.max(row.expires_at, now + confirmedLifeMs),
    } as const
    return record(tx, await advance(tx, row.id, [from], now, change), 'flow.confirmed')
  }

  return { ...steps, confirm }
}
