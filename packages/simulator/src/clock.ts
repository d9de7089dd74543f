/** The platform's clock: the machine's, shifted as a test wishes. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Whole seconds since 1970, as WeChat counts. */
  seconds(): number
  readonly offset: number
  shift(offsetMs: number): void
}

export function createClock(): Clock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    seconds: () => Math.floor((Date.now() + offset) / 1000),
    get offset() {
      return offset
    },
    shift(offsetMs) {
      offset = offsetMs
    },
  }
}

const SHANGHAI_MS = 8 * 3600_000

/** The calendar day in Shanghai, where the platform's quotas begin anew. */
export function shanghaiDay(now: number): string {
  return new Date(now + SHANGHAI_MS).toISOString().slice(0, 10)
}

export function shanghaiMonth(now: number): string {
  return shanghaiDay(now).slice(0, 7)
}
