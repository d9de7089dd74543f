import { createRing, type Ring } from './ring.ts'

/** One message that the API accepted. */
type Send = {
  at: string
  account: string
  api: string
  touser: string
  template_id?: string
  data: unknown
  client_msg_id?: string
  msgid?: string
}

/** What was called, and what was sent. */
export type Ledger = {
  countCall(path: string): void
  calls(): Record<string, number>
  sends: Ring<Send>
  clear(): void
}

/** Enough to look for duplicates in the largest runs of the end-to-end tests. */
const KEPT_SENDS = 200_000

export function createLedger(): Ledger {
  const calls = new Map<string, number>()
  const sends = createRing<Send>(KEPT_SENDS)
  return {
    countCall(path) {
      calls.set(path, (calls.get(path) ?? 0) + 1)
    },
    calls: () => Object.fromEntries(calls),
    sends,
    clear() {
      calls.clear()
      sends.clear()
    },
  }
}
