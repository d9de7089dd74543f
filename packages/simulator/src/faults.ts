export const FAULT_KINDS = ['http_5xx', 'timeout', 'reset_after_accept', 'errcode', 'slow', 'garbage'] as const
type FaultKind = (typeof FAULT_KINDS)[number]

export type Fault = {
  kind: FaultKind
  /** Exact, or a prefix ending in `*`; without it every API call. */
  path?: string
  errcode?: number
  /** HTTP status of http_5xx. */
  status?: number
  /** Delay of slow. */
  ms?: number
  /** How often it strikes. */
  times?: number
  /** Share of the calls it strikes, 0…1. */
  rate?: number
}

export type Faults = {
  add(fault: Fault): void
  list(): Fault[]
  /** The fault that strikes this call, if one does. */
  strike(path: string): Fault | undefined
  clear(): void
}

export function createFaults(): Faults {
  let faults: { fault: Fault; seen: number; left: number }[] = []

  const matches = (fault: Fault, path: string) => {
    if (fault.path === undefined) return true
    return fault.path.endsWith('*') ? path.startsWith(fault.path.slice(0, -1)) : fault.path === path
  }

  return {
    add(fault) {
      faults.push({ fault, seen: 0, left: fault.times ?? Number.POSITIVE_INFINITY })
    },
    list: () => faults.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault)),
    strike(path) {
      for (const entry of faults) {
        if (!matches(entry.fault, path)) continue
        const { rate = 1 } = entry.fault
        // Spread evenly instead of drawn: the same run strikes the same calls.
        const strikes = Math.floor((entry.seen + 1) * rate) > Math.floor(entry.seen * rate)
        entry.seen++
        if (!strikes) continue
        entry.left--
        faults = faults.filter(({ left }) => left > 0)
        return entry.fault
      }
      return undefined
    },
    clear() {
      faults = []
    },
  }
}
