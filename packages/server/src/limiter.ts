import type { Clock } from './store/clock.ts'

/** Counts by name over a window; state is this node's own, and bounded. */
export interface Limiter {
  /** Takes one. @returns 0 when allowed, else the seconds to wait */
  take(name: string): number
}

const mostNames = 100_000

/**
 * A token bucket per name: `limit` at once, refilled evenly over `windowMs`. Names at rest are forgotten, since a full bucket and no bucket
 * are the same.
 */
export function createLimiter(options: { clock: Clock; limit: number; windowMs: number }): Limiter {
  const { clock, limit, windowMs } = options
  const perToken = windowMs / limit
  /** When each name's bucket will be full again. */
  const fullAt = new Map<string, number>()

  function forgetRested(now: number): void {
    for (const [name, at] of fullAt) if (at <= now) fullAt.delete(name)
    if (fullAt.size >= mostNames) fullAt.clear()
  }

  return {
    take(name) {
      const now = clock.now()
      const next = Math.max(fullAt.get(name) ?? now, now) + perToken
      const excess = next - now - windowMs
      if (excess > 0.001) return Math.ceil(excess / 1000)
      if (fullAt.size >= mostNames && !fullAt.has(name)) forgetRested(now)
      fullAt.set(name, next)
      return 0
    },
  }
}
