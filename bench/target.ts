import type { CallbackAccount, CallbackMode, Scan } from './load/push.ts'

/** A server under measure. */
export interface Target {
  readonly name: string
  readonly pid: number
  account(mode: CallbackMode): CallbackAccount
  /** Scans to push in the next round: of live flows where the server keeps flows, else a count of invented ones. */
  scans(mode: CallbackMode, count: number): Promise<readonly Scan[] | number>
  stop(): Promise<void>
}
