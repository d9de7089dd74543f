import { type Flow, isOlder, isOver, seenOf, withoutCode } from './flow.ts'
import { follow, type Link } from './follow.ts'
import { backoff, type Fetch, type Problem, ProblemError } from './http.ts'
import { createPauses, deleteFlow, getFlow, type Line, post } from './line.ts'
import { qrShape } from './qr.ts'
import { postFinish, postStart, type Started, visit } from './site.ts'

/** Where the flow comes from: the site's start-url, or the page that knows its address and secret, and maybe the object. */
export interface ScanSettings {
  readonly from: string | { readonly url: string; readonly secret: string; readonly flow: Flow | undefined }
  readonly finishUrl: string | null
}

/** Beside what Hufu says about the flow: where this browser stands. `elsewhere`: another window completed it. */
export type Stage = 'starting' | 'open' | 'finishing' | 'done' | 'elsewhere' | 'unfinished' | 'trouble'

/** What became of the digits: a number is the tries that are left. */
export type Entry = 'ready' | 'sending' | 'unsent' | number

export interface Progress {
  readonly stage: Stage
  readonly flow?: Flow
  readonly link: Link
  readonly digits: Entry
  readonly clockOffset: number
}

/** What the page hears, by the name of the event. */
export interface ScanEventDetails {
  'hufu-state': { readonly flow: Flow }
  'hufu-done': { readonly redirect: string | undefined }
  'hufu-confirmed': { readonly completion_code: string; readonly flow: Flow }
  'hufu-renew': { readonly automatic: boolean }
  'hufu-error': { readonly problem: Problem }
}

export interface ScanEvents {
  change(progress: Progress): void
  /** False when the page prevents what would follow. */
  tell<K extends keyof ScanEventDetails>(name: K, detail: ScanEventDetails[K]): boolean
  /** A new code is wanted, by the person or (automatic) because one expired that nobody had scanned. */
  renew(automatic: boolean): void
}

export interface World {
  readonly fetch: Fetch
  readonly random: () => number
}

const maxStarts = 5

export const atFirst: Progress = { stage: 'starting', link: 'up', digits: 'ready', clockOffset: 0 }

export type Scan = ReturnType<typeof createScan>

/** One attempt of this browser to get a person, from the first request until it is over or stopped. */
export function createScan(settings: ScanSettings, renew: boolean, world: World, on: ScanEvents) {
  const { from, finishUrl } = settings
  const { pause, wake } = createPauses()
  const life = new AbortController()
  const listening = new AbortController()
  let progress = atFirst
  let line: Line | undefined
  /** Nobody had scanned the code that expired: a new one takes nothing away from anybody. */
  let renewable = false

  function set(change: Partial<Progress>): void {
    if (life.signal.aborted) return
    progress = { ...progress, ...change }
    on.change(progress)
  }

  function refuse(stage: Stage, error: unknown): void {
    if (life.signal.aborted) return
    if (!(error instanceof ProblemError)) throw error
    set({ stage })
    on.tell('hufu-error', { problem: error.problem })
  }

  async function begin(): Promise<void> {
    set(atFirst)
    try {
      const { flow, url, secret, clockOffset } = await startPatiently()
      if (!qrShape(flow.qr.svg)) throw new ProblemError('bad_answer')
      line = { ...world, pause, url, secret }
      set({ stage: 'open', link: 'up', clockOffset })
      hear(flow)
      await follow(line, flow, { flow: hear, link: (link) => set({ link }) }, listening.signal)
    } catch (error) {
      refuse('trouble', error)
    }
  }

  async function startPatiently(): Promise<Started> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await start()
      } catch (error) {
        const again = error instanceof ProblemError && error.passes && tries < maxStarts && !life.signal.aborted
        if (!again) throw error
        set({ link: error.away ? Math.ceil(error.away / 1000) : 'reconnecting' })
        await pause(backoff(error, tries, world.random), life.signal)
      }
    }
  }

  async function start(): Promise<Started> {
    if (typeof from === 'string') return postStart(world.fetch, from, renew, life.signal)
    const flow = from.flow ?? (await getFlow({ ...world, ...from, pause }, life.signal))
    return { ...from, flow, clockOffset: 0 }
  }

  function hear(flow: Flow): void {
    const before = progress.flow
    const { stage } = progress
    if (life.signal.aborted || stage !== 'open' || (before && isOlder(flow, before))) return
    const changed = !before || seenOf(before) !== seenOf(flow)
    set(changed ? { flow, digits: 'ready' } : { flow })
    if (changed) on.tell('hufu-state', { flow: withoutCode(flow) })
    // It may have been confirmed before: the site, which begins, is not told the code.
    if (flow.completion_code && !before?.completion_code) {
      if (finishUrl) void finish(finishUrl, flow.completion_code)
      else on.tell('hufu-confirmed', { completion_code: flow.completion_code, flow: withoutCode(flow) })
    }
    if (flow.state === 'completed') set({ stage: finishUrl ? 'elsewhere' : 'done' })
    renewable = flow.state === 'expired' && (before?.next ?? 'scan') === 'scan'
    if (renewable) on.renew(true)
  }

  async function finish(url: string, completionCode: string): Promise<void> {
    listening.abort()
    set({ stage: 'finishing' })
    try {
      const redirect = await postFinish(world.fetch, url, completionCode, life.signal)
      set({ stage: 'done' })
      if (!life.signal.aborted && on.tell('hufu-done', { redirect }) && redirect) visit(redirect)
    } catch (error) {
      // Two windows of one session share the flow: the slower one finds it completed, which is no failure.
      const flow = await look()
      if (flow?.state === 'completed') set({ stage: 'elsewhere' })
      else refuse('unfinished', error)
    }
  }

  async function look(): Promise<Flow | undefined> {
    return line && getFlow(line, life.signal).catch(() => undefined)
  }

  async function lookAndHear(): Promise<void> {
    const flow = await look()
    if (flow) hear(flow)
  }

  return {
    begin,

    /** Somebody asked for a new code. A flow under way is given up first, so that its QR code stops working. */
    async giveUp(): Promise<void> {
      const { flow, stage } = progress
      listening.abort()
      if (line && flow && stage === 'open' && !isOver(flow)) {
        set({ stage: 'starting' })
        await deleteFlow(line, life.signal).catch(() => undefined)
        set({ stage: 'open', flow: { ...flow, state: 'cancelled', next: null } })
      }
      if (!life.signal.aborted) on.renew(false)
    },

    async enterCode(code: string): Promise<void> {
      if (!line || progress.digits === 'sending') return
      set({ digits: 'sending' })
      try {
        await post(line, 'code', { code }, life.signal)
        // Confirmed: no need to wait for the stream to tell.
        await lookAndHear()
        set({ digits: 'ready' })
      } catch (error) {
        if (!(error instanceof ProblemError) || life.signal.aborted) return
        const { problem } = error
        const { tries_left } = problem
        set({ digits: tries_left ?? 'unsent' })
        on.tell('hufu-error', { problem })
        // Maybe the flow is over, and says itself why.
        if (tries_left === undefined) await lookAndHear()
      }
    },

    /** What somebody unknown says of themselves; what it comes to is heard as everything is. @throws ProblemError */
    answer: (body: object): unknown => line && post(line, 'registration', body, life.signal),

    /** The network or the reader is back, or time is up by our clock: look now instead of later. */
    wake(): void {
      wake()
      const { stage, flow } = progress
      if (stage === 'trouble' && !flow) void begin()
      if (renewable) on.renew(true)
      if (stage === 'open' && flow && !isOver(flow)) void lookAndHear()
    },

    stop(): void {
      life.abort()
      listening.abort()
    },
  }
}
