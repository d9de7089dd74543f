/** Milliseconds since the epoch as the database sees them: the node's monotonic clock plus an offset sampled from the database. */
export interface Clock {
  now(): number
}

export interface SampledClock extends Clock {
  close(): void
}

const sampleEveryMs = 30_000
/** An answer that was long on its way says little about the time. */
const slowMs = 500

/**
 * All nodes share the database's time, whatever their own clocks say. Sampled again every half minute: a clock that was wrong at boot, or a
 * machine that slept, is followed, and between two samples time only goes forward.
 */
export async function createClock(time: () => Promise<number>): Promise<SampledClock> {
  let offset = await sample()

  async function sample(): Promise<number> {
    for (let tries = 1; ; tries++) {
      const asked = performance.now()
      const there = await time()
      const tookMs = performance.now() - asked
      if (tookMs < slowMs || tries === 3) return there - asked - tookMs / 2
    }
  }

  const timer = setInterval(() => {
    // A database that cannot be reached now is asked again later; until then the clock runs on.
    sample().then(
      (sampled) => {
        offset = sampled
      },
      () => {},
    )
  }, sampleEveryMs).unref()

  return {
    now: () => Math.floor(performance.now() + offset),
    close: () => clearInterval(timer),
  }
}

/** This machine's own time, for what has no database to ask. */
export function systemClock(): Clock {
  const offset = Date.now() - performance.now()
  return { now: () => Math.floor(performance.now() + offset) }
}
