import type { Pause, Sender } from '../quotas/quotas.ts'
import type { End } from './outcomes.ts'

/** Failures of WeChat's own, one after the other, after which an account is left alone for a while. */
const mostInARow = 8
const restMs = 30_000

/** Counts, on this node, what WeChat does not answer or is too busy for; the pause it asks for holds for all nodes. */
export function createBreaker() {
  const inARow = new Map<string, number>()
  return {
    /** @returns a pause for everything of this kind, when it is time for one */
    after({ appid, via }: Sender, outcome: End, now: number): Pause | undefined {
      const key = `${appid} ${via}`
      const isTrouble =
        'again' in outcome
          ? !outcome.pause
          : outcome.state === 'unknown' || (outcome.state === 'failed' && outcome.reason === 'wechat_failed')
      const count = isTrouble ? (inARow.get(key) ?? 0) + 1 : 0
      inARow.set(key, count % mostInARow)
      return count === mostInARow ? { until: now + restMs, reason: 'unavailable' } : undefined
    },
  }
}
