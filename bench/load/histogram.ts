const BUCKET_US = 10
const BUCKETS = 500_000

export interface LatencySummary {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Counts in fixed buckets of 10 µs up to 5 s: recording is one increment and allocates nothing. */
export interface Histogram {
  record(milliseconds: number): void
  summary(): LatencySummary
}

export function createHistogram(): Histogram {
  const counts = new Uint32Array(BUCKETS)
  let count = 0
  let maxMs = 0

  const quantileMs = (quantile: number): number => {
    let left = Math.ceil(count * quantile)
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= counts[bucket] ?? 0
      if (left <= 0) return ((bucket + 1) * BUCKET_US) / 1000
    }
    return maxMs
  }

  return {
    record(milliseconds) {
      const bucket = Math.min(BUCKETS - 1, (milliseconds * (1000 / BUCKET_US)) | 0)
      counts[bucket] = (counts[bucket] ?? 0) + 1
      count += 1
      if (milliseconds > maxMs) maxMs = milliseconds
    },
    summary: () => ({
      count,
      p50Ms: count === 0 ? 0 : quantileMs(0.5),
      p99Ms: count === 0 ? 0 : quantileMs(0.99),
      maxMs,
    }),
  }
}
