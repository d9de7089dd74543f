/** How far this node's clock is from WeChat's, learned from the `Date` header of API answers (one-second resolution). */
export interface PlatformClock {
  learn(serverMs: number, localMs: number): void
  /** Milliseconds to add to our time to get WeChat's. 0 until an answer was seen, or while the difference is within its resolution. */
  offset(): number
  /** Whether an answer was seen. */
  known(): boolean
}

const resolutionMs = 1_500

export function createPlatformClock(): PlatformClock {
  let offset = 0
  let known = false
  return {
    learn(serverMs, localMs) {
      known = true
      const difference = serverMs + 500 - localMs
      offset = Math.abs(difference) <= resolutionMs ? 0 : difference
    },
    offset: () => offset,
    known: () => known,
  }
}
