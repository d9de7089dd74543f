import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'

/**
 * Notices times in which pushes may have been lost: WeChat tries three times within about fifteen seconds, and never again. Then followers are
 * compared with the platform.
 */
export interface Outages {
  /** A job that repeats every `beatMs`, wherever in the fleet: a beat that comes late says that nobody was there, or nobody could write. */
  beat(job: Job): Promise<{ at: number }>
  /** What a push on this node was answered. */
  pushed(result: string): void
  close(): void
}

export const beatMs = 5_000
/** More than ten seconds beyond the beat itself; a job begins about a second after it is due. */
const lateMs = 16_000
/** From the first “come again” to the last: a push refused for so long may have had its three tries. */
const longMs = 8_000

export function createOutages(deps: {
  clock: Clock
  /** Pushes may have been lost until now. */
  onOutage(): Promise<unknown>
  log: { error(details: object, message: string): void }
}): Outages {
  const { clock, onOutage } = deps
  let refused: { first: number; last: number } | undefined
  let watch: NodeJS.Timeout | undefined

  function forget(): void {
    clearInterval(watch)
    watch = undefined
    refused = undefined
  }

  /** Until the refusals are over and, where they were long, somebody was told. */
  async function look(): Promise<void> {
    if (!refused || clock.now() - refused.last < 2 * beatMs) return
    const { first, last } = refused
    if (last - first >= longMs) await onOutage()
    if (refused.last === last) forget()
  }

  return {
    async beat({ payload }) {
      const before = payload as { at: number } | null
      if (before && clock.now() - before.at > lateMs) await onOutage()
      return { at: clock.now() }
    },
    pushed(result) {
      if (result !== 'unavailable') return
      const now = clock.now()
      refused = { first: refused?.first ?? now, last: now }
      // A database that is still away is tried again.
      watch ??= setInterval(
        () => look().catch((err) => deps.log.error({ err }, 'an outage could not be noted')),
        beatMs,
      ).unref()
    },
    close: forget,
  }
}
