/** Milliseconds since the epoch as the database sees them: the node's monotonic clock plus an offset sampled from the database. */
export interface Clock {
  now(): number
}

/** On SQLite database and node share one clock, so the offset is sampled once, from the node itself, and survives wall-clock jumps. */
export function createClock(): Clock {
  const offset = Date.now() - performance.now()
  return { now: () => Math.floor(performance.now() + offset) }
}
