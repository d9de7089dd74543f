import { DatabaseSync } from 'node:sqlite'
import type { Simulator } from '@hufu/simulator'
import { type Pushed, push, type Work } from './load.ts'
import type { Supervisor } from './supervisor.ts'

export interface Findings {
  /** Acknowledged and not there, or there without its effect. */
  lost: string[]
  /** Effects that happened twice. */
  doubled: string[]
  /** Another person's flow, another reply to a repeat. */
  wrong: string[]
}

interface FlowRow {
  id: string
  state: string
  scanner_index: string | null
}

/** Compares what the server promised with what it has: first the rows as they are, then by sending everything again. */
export async function judge(deps: { work: Work; simulator: Simulator; supervisor: Supervisor }): Promise<Findings> {
  const { work, simulator, supervisor } = deps
  await supervisor.up()
  const database = new DatabaseSync(supervisor.databaseFile, { readOnly: true })
  try {
    const findings: Findings = { lost: [], doubled: [], wrong: [] }
    judgeIntegrity(database, findings)
    judgeFlows(database, work, findings)
    judgeEvents(database, work, findings)
    judgePeople(database, work, findings)
    judgeReplies(work, findings)
    await judgeRepeats(database, work.pushes, simulator.url, findings)
    return findings
  } finally {
    database.close()
  }
}

function judgeIntegrity(database: DatabaseSync, findings: Findings): void {
  const { integrity_check: verdict } = database.prepare('PRAGMA integrity_check').get() as { integrity_check: string }
  if (verdict !== 'ok') findings.wrong.push(`the database is damaged: ${verdict}`)
}

function flowsById(database: DatabaseSync): Map<string, FlowRow> {
  const rows = database.prepare('SELECT id, state, scanner_index FROM flows').all() as unknown as FlowRow[]
  return new Map(rows.map((row) => [row.id, row]))
}

/** Every flow that was promised is there; every one with an acknowledged scan is scanned. */
function judgeFlows(database: DatabaseSync, { flows, pushes }: Work, findings: Findings): void {
  const rows = flowsById(database)
  for (const { id } of flows) if (!rows.has(id)) findings.lost.push(`flow ${id} was created and is gone`)
  for (const { flow } of pushes.filter(({ acked }) => acked)) {
    const state = rows.get(flow)?.state
    if (state !== 'scanned') findings.lost.push(`the scan of ${flow} was acknowledged; its state is ${state}`)
  }
  const pushed = new Set(pushes.map(({ flow }) => flow))
  for (const { id, state } of rows.values())
    if (state === 'scanned' && !pushed.has(id)) findings.wrong.push(`${id} is scanned, and nobody did`)
}

/** `flow.scanned` is told once for every scanned flow, `flow.second_scan` at most once. */
function judgeEvents(database: DatabaseSync, { pushes }: Work, findings: Findings): void {
  const counted = database.prepare(
    `SELECT json_extract(data, '$.flow_id') AS flow, count(*) AS times FROM events WHERE type = ? GROUP BY flow`,
  )
  const times = (type: string) => new Map(counted.all(type).map((row) => [String(row.flow), Number(row.times)]))
  const scanned = times('flow.scanned')
  for (const type of ['flow.scanned', 'flow.second_scan'])
    for (const [flow, count] of times(type)) if (count > 1) findings.doubled.push(`${type} of ${flow}: ${count} times`)
  for (const flow of new Set(pushes.filter(({ acked }) => acked).map((one) => one.flow)))
    if (!scanned.has(flow)) findings.lost.push(`flow.scanned of ${flow} is missing`)
}

/** The database knows people by an index only we cannot compute: it must be the same for one person, and no two may share one. */
function judgePeople(database: DatabaseSync, { pushes }: Work, findings: Findings): void {
  const rows = flowsById(database)
  const scanners = Map.groupBy(pushes, ({ flow }) => flow)
  const indexOf = new Map<string, string>()
  const personOf = new Map<string, string>()
  for (const [flow, candidates] of scanners) {
    const [only] = candidates
    const index = rows.get(flow)?.scanner_index
    if (!only || candidates.length > 1 || !index) continue
    const known = [indexOf.get(only.openid) ?? index, personOf.get(index) ?? only.openid]
    if (known[0] !== index || known[1] !== only.openid) findings.wrong.push(`${flow} belongs to somebody else`)
    indexOf.set(only.openid, index)
    personOf.set(index, only.openid)
  }
  for (const [flow, candidates] of scanners) {
    const winner = personOf.get(rows.get(flow)?.scanner_index ?? '')
    const linked = candidates.filter((one) => one.acked && linkOf(one))
    if (winner && linked.some(({ openid }) => openid !== winner))
      findings.wrong.push(`${flow}: the link went to one person, the flow to another`)
    if (linked.length > 1) findings.doubled.push(`${flow}: two people got the link`)
  }
}

function linkOf({ reply }: Pushed): string | undefined {
  return /href="[^"]*\/confirm\/([^"]+)"/.exec(reply ?? '')?.[1]
}

/** An acknowledged scan was answered with a text: a flow's own link, or that somebody else was first. */
function judgeReplies({ pushes }: Work, findings: Findings): void {
  const flowOf = new Map<string, string>()
  for (const one of pushes.filter(({ acked }) => acked)) {
    if (one.reply === undefined) findings.lost.push(`the scan of ${one.flow} was acknowledged without its reply`)
    const link = linkOf(one)
    if (!link) continue
    if ((flowOf.get(link) ?? one.flow) !== one.flow) findings.wrong.push(`${one.flow} has another flow’s link`)
    flowOf.set(link, one.flow)
  }
  const answered = Map.groupBy(pushes, ({ flow }) => flow)
  for (const [flow, all] of answered)
    if (all.every(({ acked }) => acked) && !all.some(linkOf)) findings.lost.push(`nobody got the link of ${flow}`)
}

interface Counts {
  inbox: number
  events: number
}

/** WeChat may send anything again: it gets the reply of the first time, and nothing else happens. */
async function judgeRepeats(
  database: DatabaseSync,
  pushes: Pushed[],
  simulatorUrl: string,
  findings: Findings,
): Promise<void> {
  const count = () =>
    database
      .prepare(
        `SELECT (SELECT count(*) FROM inbox) AS inbox,
           (SELECT count(*) FROM events WHERE type IN ('flow.scanned', 'flow.second_scan')) AS events`,
      )
      .get() as unknown as Counts
  const acked = pushes.filter((one) => one.acked)
  const before = count()
  const left = [...acked]
  async function repeat(): Promise<void> {
    for (let one = left.pop(); one; one = left.pop()) {
      const again = await push(simulatorUrl, one.body)
      if (!again.acked) findings.wrong.push(`a repeat of the scan of ${one.flow} was not answered`)
      else if (again.reply !== one.reply)
        findings.wrong.push(`the scan of ${one.flow} was answered “${one.reply}”, its repeat “${again.reply}”`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, repeat))
  const now = count()
  // What was not in the inbox is new to it now.
  if (now.inbox > before.inbox)
    findings.lost.push(`${now.inbox - before.inbox} acknowledged pushes were not in the inbox`)
  if (before.inbox < acked.length) findings.lost.push(`${acked.length} acknowledged, ${before.inbox} in the inbox`)
  if (before.inbox > pushes.length) findings.doubled.push(`${pushes.length} pushed, ${before.inbox} in the inbox`)
  if (now.events > before.events) findings.doubled.push(`repeats caused ${now.events - before.events} events`)
}
