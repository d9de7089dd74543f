/** How far this node's clock is from WeChat's, learned from the `Date` header of API answers (one-second resolution). */
export interface PlatformClock {
  learn(serverMs: number, localMs: number): void
  /** Milliseconds to add to our time to get WeChat's. 0 until an answer was seen, or while the difference is within its resolution. */
  offset(): number
}

const resolutionMs = 1_500

export function createPlatformClock(): PlatformClock {
  let offset = 0
  return {
    learn(serverMs, localMs) {
      const difference = serverMs + 500 - localMs
      offset = Math.abs(difference) <= resolutionMs ? 0 : difference
    },
    offset: () => offset,
  }
}
