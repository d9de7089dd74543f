import type { Flow } from './flow.ts'

export interface TimeLeft {
  readonly seconds: number
  /** Of the whole life of the code: 1 is new, 0 is over. */
  readonly fraction: number
}

/** What Hufu gives a flow when the site does not say; the ring of a reloaded page goes on where it was. */
const usualSeconds: Partial<Record<Flow['kind'], number>> = { login: 180, bind: 300 }
const longestSeconds = 1800

export function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Calls back every second until stopped or over. */
export function createCountdown(on: { tick(left: TimeLeft | undefined): void; over(): void }) {
  let timer: ReturnType<typeof setInterval> | undefined
  let running = ''

  function stop(): void {
    clearInterval(timer)
    running = ''
  }

  return {
    stop,
    run({ id, kind, expires_at }: Flow, clockOffset: number): void {
      if (running === id + expires_at) return
      stop()
      running = id + expires_at
      const remaining = () => Math.ceil((Date.parse(expires_at) - Date.now() - clockOffset) / 1000)
      const total = Math.max(usualSeconds[kind] || 0, remaining())
      // This browser's clock is plainly wrong: no time is better than a wrong one.
      if (!(total <= longestSeconds && remaining() > 0)) {
        on.tick(undefined)
        return
      }
      const tick = () => {
        const seconds = remaining()
        on.tick({ seconds: Math.max(0, seconds), fraction: Math.max(0, seconds / total) })
        // Past the end we look once, in case the news got lost; Hufu's clock decides, not ours.
        if (seconds < 0) {
          clearInterval(timer)
          on.over()
        }
      }
      timer = setInterval(tick, 1000)
      tick()
    },
  }
}
