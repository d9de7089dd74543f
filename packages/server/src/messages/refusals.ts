import type { Clock } from '../store/clock.ts'
import type { MessageRow } from '../store/tables.ts'
import { viaOf } from './contents.ts'

const hourMs = 3_600_000

export interface RefusalLog {
  warn(details: object, message: string): void
}

/** Says what WeChat refuses messages for: once an hour for each account and code, and never who was to have them. */
export function createRefusals({ clock, log }: { clock: Clock; log: RefusalLog }) {
  const said = new Map<string, number>()
  return (message: MessageRow, errcode: number): void => {
    const key = `${message.appid} ${errcode}`
    const now = clock.now()
    const last = said.get(key)
    if (last !== undefined && now - last < hourMs) return
    // Accounts times WeChat's codes: it does not grow without end.
    said.set(key, now)
    log.warn({ account: message.appid, via: viaOf(message), errcode }, 'WeChat refuses messages of this account')
  }
}
