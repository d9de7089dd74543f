const dayMs = 24 * 3_600_000
const beijingOffsetMs = 8 * 3_600_000

/** The next midnight of Beijing, when the quotas of a day begin anew. */
export function nextBeijingDay(now: number): number {
  return now + dayMs - ((now + beijingOffsetMs) % dayMs)
}

/** `2026-11-21` */
export function beijingDay(now: number): string {
  return new Date(now + beijingOffsetMs).toISOString().slice(0, 10)
}
