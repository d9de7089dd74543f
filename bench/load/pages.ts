/** The pages' process: opens flows and their event streams, scans them at a steady rate, times scan → page. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { sceneOf, ticketOf } from '../hufu/codes.ts'
import { createFlowClient, type FlowClient } from './flow-client.ts'
import { createHistogram, type LatencySummary } from './histogram.ts'
import { openPage, type Page } from './page.ts'
import { buildScanRequest, type CallbackAccount } from './push.ts'
import { openPushers } from './pushers.ts'
import { inventScans } from './scans.ts'
import { answerOrders } from './worker.ts'

export interface OpenOrder {
  readonly account: CallbackAccount
  readonly apiKey: string
  readonly origin: string
  readonly pages: number
}

export interface ScanOrder {
  readonly rate: number
  readonly seconds: number
}

export type PagesOrder = { readonly open: OpenOrder } | { readonly scan: ScanOrder } | { readonly close: true }

export interface ScanReport {
  /** Push sent → the page has read the event. */
  readonly page: LatencySummary
  /** Push sent → answered. */
  readonly push: LatencySummary
  readonly perSecond: number
  /** Pages that heard nothing within two seconds after the end. */
  readonly unheard: number
  readonly refused: number
  readonly open: number
  /** How late this process itself was at the 99th percentile: on a busy machine, part of every figure. */
  readonly ownDelayP99Ms: number
}

export interface PagesAnswer {
  readonly report?: ScanReport
}

interface Pages {
  readonly order: OpenOrder
  readonly flows: FlowClient
  readonly waiting: OpenedPage[]
}

interface OpenedPage extends Page {
  onChange: () => void
}

const OPENERS = 32
const PUSHERS = 32
let pages: Pages | undefined
let opened = 0

answerOrders<PagesOrder, PagesAnswer>(async (order) => {
  if ('open' in order) {
    pages = { order: order.open, flows: createFlowClient(order.open), waiting: [] }
    const { waiting } = pages
    const openers = Array.from({ length: OPENERS }, async () => {
      while (opened < order.open.pages && pages !== undefined) waiting.push(await openOne(pages))
    })
    await Promise.all(openers)
    return {}
  }
  if (pages === undefined) throw new Error('no pages are open')
  if ('scan' in order) return { report: await scanSteadily(pages, order.scan) }
  for (const page of pages.waiting) page.close()
  pages.flows.close()
  pages = undefined
  opened = 0
  return {}
})

async function openOne({ order, flows }: Pages): Promise<OpenedPage> {
  opened += 1
  // 127.0.0.1 is the operator's own; the visitors have the addresses from 127.0.1.1 up.
  const localAddress = `127.0.${1 + (opened % 200)}.1`
  const flow = await flows.create()
  const listener = { onChange: (): void => {} }
  const page = await openPage(
    {
      port: order.account.port,
      origin: order.origin,
      flowId: flow.id,
      secret: flow.secret,
      scene: sceneOf(flow.qr.content),
      localAddress,
    },
    () => listener.onChange(),
  )
  return Object.assign(listener, page)
}

/** Every scanned page closes and another opens, so that as many pages stay open. */
async function scanSteadily(world: Pages, { rate, seconds }: ScanOrder): Promise<ScanReport> {
  const { order, waiting } = world
  const pushers = await openPushers(order.account.port, PUSHERS)
  const [toPage, toAnswer] = [createHistogram(), createHistogram()]
  const persons = inventScans(Math.round(rate * seconds))
  const replacements: Promise<void>[] = []
  let sent = 0
  let heard = 0
  let refused = 0
  const ownDelay = monitorEventLoopDelay({ resolution: 1 })
  ownDelay.enable()
  const startedAt = performance.now()

  for (const { openid } of persons) {
    const dueAt = startedAt + (sent * 1000) / rate
    while (performance.now() < dueAt) await delay(1)
    const page = waiting.shift()
    if (page === undefined) throw new Error('every page has been scanned: the server opens them too slowly')
    const scan = { openid, scene: page.scene, ticket: ticketOf(page.scene) }
    const request = buildScanRequest(order.account, scan, Math.floor(Date.now() / 1000))
    const sentAt = performance.now()
    page.onChange = () => {
      toPage.record(performance.now() - sentAt)
      heard += 1
      page.onChange = () => {}
      page.close()
      replacements.push(openOne(world).then((next) => void waiting.push(next)))
    }
    sent += 1
    pushers.push(request, (status) => {
      toAnswer.record(performance.now() - sentAt)
      if (status !== 200) refused += 1
    })
  }
  const elapsed = (performance.now() - startedAt) / 1000
  const giveUpAt = performance.now() + 2000
  while (heard < sent && performance.now() < giveUpAt) await delay(10)
  ownDelay.disable()
  pushers.close()
  await Promise.all(replacements)
  return {
    page: toPage.summary(),
    push: toAnswer.summary(),
    perSecond: sent / elapsed,
    unheard: sent - heard,
    refused,
    open: waiting.length,
    // The timer's own period is part of what it reports.
    ownDelayP99Ms: ownDelay.percentile(99) / 1e6 - 1,
  }
}
