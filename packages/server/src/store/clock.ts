/** Milliseconds since the epoch as the database sees them: the node's monotonic clock plus an offset sampled from the database. */
export interface Clock {
  now(): number
}

const sampleEveryMs = 30_000

/**
 * On SQLite database and node share one clock, so the offset is sampled from the node itself, again every half minute: a clock that was
 * wrong at boot, or a machine that slept, is followed, and between two samples time only goes forward.
 */
export function createClock(): Clock {
  let sampledAt = performance.now()
  let offset = Date.now() - sampledAt
  return {
    now() {
      const monotonic = performance.now()
      if (monotonic - sampledAt > sampleEveryMs) {
        sampledAt = monotonic
        offset = Date.now() - monotonic
      }
      return Math.floor(monotonic + offset)
    },
  }
}
