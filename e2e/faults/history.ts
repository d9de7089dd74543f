import { appendFileSync } from 'node:fs'

/**
 * What happened, seen from outside. `ok`: it was acknowledged, and must be so for ever. `fail`: it was refused, and must not have happened.
 * `unknown`: no answer came; it may have happened or not.
 */
export type Outcome = 'ok' | 'fail' | 'unknown'

export interface Entry {
  op: 'create' | 'scan' | 'page' | 'confirm' | 'redeem' | 'push' | 'fault'
  /** The flow; of a push, the person; of a fault, what was done. */
  key: string
  outcome: Outcome
  /** Milliseconds since the harness began, monotonic. */
  began: number
  ended: number
  detail?: Record<string, unknown>
}

/** Every operation, in a file as it happens and in memory for the checker. */
export interface History {
  readonly file: string
  readonly entries: readonly Entry[]
  add(entry: Omit<Entry, 'ended'>): void
  now(): number
  /** A moment of `performance.now()` as it stands in the entries. */
  at(moment: number): number
}

export function createHistory(file: string): History {
  const entries: Entry[] = []
  const origin = performance.now()
  const at = (moment: number) => Math.round((moment - origin) * 10) / 10
  const now = () => at(performance.now())
  return {
    file,
    entries,
    now,
    at,
    add(entry) {
      const whole = { ...entry, ended: now() }
      entries.push(whole)
      appendFileSync(file, `${JSON.stringify(whole)}\n`)
    },
  }
}
