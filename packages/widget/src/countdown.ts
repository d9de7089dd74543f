import type { Flow } from './flow.ts'

export interface TimeLeft {
  readonly seconds: number
  /** Of the whole life of the code: 1 is new, 0 is over. */
  readonly fraction: number
}

/** What Hufu gives a flow when the site does not say; the ring of a reloaded page goes on where it was. */
const usualSeconds = { login: 180, bind: 300 }
const longestSeconds = 1800

/** Undefined when this browser's clock is plainly wrong: no time is better than a wrong one. */
export function timeLeft(flow: Flow, total: number, now: number): TimeLeft | undefined {
  const seconds = Math.ceil((Date.parse(flow.expires_at) - now) / 1000)
  if (!(seconds <= longestSeconds && seconds > -30)) return undefined
  return { seconds: Math.max(0, seconds), fraction: Math.min(1, Math.max(0, seconds / total)) }
}

export function lifeOf(flow: Flow, now: number): number {
  return Math.max(usualSeconds[flow.kind] ?? usualSeconds.login, (Date.parse(flow.expires_at) - now) / 1000)
}

export function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Calls back at each whole second until stopped or over. */
export function createCountdown(now: () => number, on: { tick(left: TimeLeft | undefined): void; over(): void }) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = ''
  let total = 0

  function tick(flow: Flow, clockOffset: number): void {
    const time = now() + clockOffset
    const left = timeLeft(flow, total, time)
    on.tick(left)
    // Past the end we look once, in case the news got lost; Hufu's clock decides, not ours.
    if (left?.seconds === 0) timer = setTimeout(on.over, 1500)
    else if (left)
      timer = setTimeout(() => tick(flow, clockOffset), ((Date.parse(flow.expires_at) - time - 1) % 1000) + 1)
  }

  return {
    run(flow: Flow, clockOffset = 0): void {
      const key = `${flow.id} ${flow.expires_at} ${clockOffset}`
      if (key === running) return
      this.stop()
      running = key
      total = lifeOf(flow, now() + clockOffset)
      tick(flow, clockOffset)
    },
    stop(): void {
      clearTimeout(timer)
      running = ''
    },
  }
}
