import { type Flow, isOlder, isOver, withoutCode } from './flow.ts'
import { follow, type Link } from './follow.ts'
import { badAnswer, type Fetch, type Problem, ProblemError } from './http.ts'
import { createPauses, deleteFlow, getFlow, type Line, postCode } from './line.ts'
import { qrShape } from './qr.ts'
import { postFinish, postStart, type Started } from './site.ts'

/** One way to begin: the site's start-url, or a flow the page already has. */
export interface ScanSettings {
  readonly startUrl?: string | undefined
  readonly finishUrl?: string | undefined
  /** A flow known to the page: its address and secret, and the object itself if the page has it. */
  readonly given?: { readonly url: string; readonly secret: string; readonly flow?: Flow | undefined } | undefined
}

/** Beside what Hufu says about the flow: where this browser stands. `elsewhere`: another window completed it. */
export type Stage = 'starting' | 'open' | 'finishing' | 'done' | 'elsewhere' | 'unfinished' | 'trouble'

export interface Entry {
  readonly state: 'ready' | 'sending' | 'wrong' | 'limited' | 'unsent'
  readonly triesLeft?: number | undefined
}

export interface Progress {
  readonly stage: Stage
  readonly flow?: Flow | undefined
  readonly link: Link
  readonly entry: Entry
  readonly clockOffset?: number | undefined
  /** Codes renewed without anybody asking. */
  readonly renewals: number
}

export interface ScanEvents {
  change(progress: Progress): void
  state(flow: Flow): void
  confirmed(flow: Flow): void
  done(redirect: string | undefined): void
  problem(problem: Problem): void
  /** A page that gave the flow itself has to give the next one. */
  renew(automatic: boolean): void
}

export interface World {
  readonly fetch: Fetch
  readonly random: () => number
  readonly now: () => number
  readonly visible: () => boolean
}

const maxRenewals = 3
const maxStarts = 5
const fresh = { stage: 'starting', link: { state: 'up' }, entry: { state: 'ready' }, flow: undefined } as const

export type Scan = ReturnType<typeof createScan>

/** One attempt after another of this browser to get a person, until stopped. */
export function createScan(settings: ScanSettings, world: World, on: ScanEvents) {
  const pauses = createPauses()
  let progress: Progress = { ...fresh, renewals: 0 }
  let line: Line | undefined
  /** Ends whatever the current attempt is doing; a new attempt has a new one. */
  let current = new AbortController()
  let stopped = false
  /** Nobody had scanned the code that expired: a new one takes nothing away from anybody. */
  let renewable = false
  /** Whatever made the last attempt fail may be over by itself. */
  let passing = false

  function set(change: Partial<Progress>): void {
    if (stopped) return
    progress = { ...progress, ...change }
    on.change(progress)
  }

  function refuse(stage: Stage, error: unknown): void {
    const problem = error instanceof ProblemError ? error.problem : { code: 'unexpected', status: 0 }
    passing = error instanceof ProblemError && error.passes
    set({ stage })
    on.problem(problem)
    if (!(error instanceof ProblemError)) throw error
  }

  async function begin(renew: boolean): Promise<void> {
    current.abort()
    if (stopped) return
    current = new AbortController()
    const { signal } = current
    set(fresh)
    try {
      const started = await startPatiently(renew, signal)
      if (signal.aborted || !started) return
      if (!qrShape(started.flow.qr.svg)) throw badAnswer(200)
      line = { ...world, pause: pauses.pause, url: started.url, secret: started.secret }
      set({ stage: 'open', clockOffset: started.clockOffset, link: { state: 'up' } })
      hear(started.flow)
      await follow(line, started.flow, { flow: hear, link: (link) => set({ link }) }, signal)
    } catch (error) {
      if (!signal.aborted) refuse('trouble', error)
    }
  }

  async function startPatiently(renew: boolean, signal: AbortSignal): Promise<Started | undefined> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        return await start(renew, signal)
      } catch (error) {
        if (signal.aborted) return undefined
        if (!(error instanceof ProblemError) || !error.passes || tries >= maxStarts) throw error
        const away = error.retryAfter ?? (error.limited ? 5000 : 0)
        set({ link: away > 0 ? { state: 'limited', seconds: Math.ceil(away / 1000) } : { state: 'reconnecting' } })
        const backoff = 1000 * 2 ** (tries - 1) * (0.5 + world.random() / 2)
        await pauses.pause(Math.max(backoff, away), signal)
      }
    }
    return undefined
  }

  async function start(renew: boolean, signal: AbortSignal): Promise<Started> {
    if (settings.startUrl) return postStart(world.fetch, settings.startUrl, renew, signal)
    const { given } = settings
    if (!given) throw new ProblemError({ code: 'not_configured', status: 400 })
    const flow = given.flow ?? (await getFlow({ ...world, ...given, pause: pauses.pause }, signal))
    return { ...given, flow, clockOffset: undefined }
  }

  function hear(flow: Flow): void {
    const before = progress.flow
    if (stopped || progress.stage !== 'open' || (before && isOlder(flow, before))) return
    const changed = !before || before.id !== flow.id || before.state !== flow.state || before.next !== flow.next
    set({ flow, ...(changed && flow.next !== 'enter_code' ? { entry: { state: 'ready' } } : {}) })
    if (!changed) return
    on.state(withoutCode(flow))
    if (flow.state === 'confirmed') confirm(flow)
    else if (flow.state === 'completed') set({ stage: settings.finishUrl ? 'elsewhere' : 'done' })
    renewable = flow.state === 'expired' && before?.state !== 'scanned'
    if (renewable) renewByItself()
  }

  function confirm(flow: Flow): void {
    if (!flow.completion_code) return
    if (settings.finishUrl) void finish(settings.finishUrl, flow.completion_code)
    else on.confirmed(flow)
  }

  async function finish(finishUrl: string, completionCode: string): Promise<void> {
    current.abort()
    current = new AbortController()
    const { signal } = current
    set({ stage: 'finishing' })
    try {
      const redirect = await postFinish(world.fetch, finishUrl, completionCode, signal)
      if (signal.aborted) return
      set({ stage: 'done' })
      on.done(redirect)
    } catch (error) {
      if (signal.aborted) return
      // Two windows of one session share the flow: the slower one finds it completed, which is no failure.
      const flow = line && (await getFlow(line, signal).catch(() => undefined))
      if (signal.aborted) return
      if (flow?.state === 'completed') set({ stage: 'elsewhere', flow })
      else refuse('unfinished', error)
    }
  }

  /** Only for somebody who may be looking, and not for ever: each renewal is a code of the account's quota. */
  function renewByItself(): void {
    if (progress.renewals >= maxRenewals || !world.visible()) return
    set({ renewals: progress.renewals + 1 })
    renewNow(true)
  }

  function renewNow(automatic: boolean): void {
    if (settings.startUrl) void begin(true)
    else on.renew(automatic)
  }

  return {
    begin: () => void begin(false),

    /** Somebody asked for a new code. A flow under way is given up first, so that its QR code stops working. */
    async renew(): Promise<void> {
      const { flow, stage } = progress
      set({ renewals: 0 })
      if (!flow) return begin(false)
      const live = stage === 'open' && !isOver(flow) ? line : undefined
      current.abort()
      current = new AbortController()
      const { signal } = current
      if (live) {
        set({ stage: 'starting' })
        await deleteFlow(live, signal).catch(() => undefined)
        if (signal.aborted) return
        set({ stage: 'open', flow: { ...flow, state: 'cancelled', next: null } })
      }
      renewNow(false)
    },

    async enterCode(code: string): Promise<void> {
      const { signal } = current
      if (!line || progress.entry.state === 'sending') return
      set({ entry: { state: 'sending', triesLeft: progress.entry.triesLeft } })
      try {
        const flow = await postCode(line, code, signal)
        if (flow && !signal.aborted) hear(flow)
        if (!signal.aborted) set({ entry: { state: 'ready' } })
      } catch (error) {
        if (!signal.aborted && error instanceof ProblemError) await afterWrongCode(error, signal)
      }
    },

    /** Time is up by our clock, the network or the reader is back: look now instead of later. */
    async wake(): Promise<void> {
      pauses.wake()
      const { stage, flow } = progress
      if (stage === 'trouble' && passing) return begin(false)
      if (stage === 'open' && flow?.state === 'expired' && renewable) return renewByItself()
      if (stage === 'open' && line && flow && !isOver(flow)) {
        const { signal } = current
        const now = await getFlow(line, signal).catch(() => undefined)
        if (now && !signal.aborted) hear(now)
      }
    },

    stop(): void {
      stopped = true
      current.abort()
    },
  }

  async function afterWrongCode({ problem, limited }: ProblemError, signal: AbortSignal): Promise<void> {
    on.problem(problem)
    if (problem.code === 'code_invalid') {
      set({ entry: { state: 'wrong', triesLeft: problem.tries_left } })
      return
    }
    set({ entry: { state: limited ? 'limited' : 'unsent' } })
    // 409 and 410: the flow is over, and says itself why.
    const flow = line && (await getFlow(line, signal).catch(() => undefined))
    if (flow && !signal.aborted) hear(flow)
  }
}
