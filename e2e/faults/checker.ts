import pg from 'pg'
import type { Feed } from './feed.ts'
import type { Entry } from './history.ts'
import type { World } from './world.ts'

const rank: Record<string, number> = { waiting: 0, scanned: 1, registration_required: 2, confirmed: 3, completed: 4 }
/** Ends that any state may come to. */
const ends = ['declined', 'expired', 'cancelled', 'failed']

/** Reads the database, the simulator's ledger and the history against the invariants of security.md §4.1. @returns what is broken, each by its invariant */
export async function check(world: World, feed: Feed, { pushedAgain = false } = {}): Promise<string[]> {
  const client = new pg.Client({ connectionString: world.database })
  await client.connect()
  try {
    const violations: string[] = []
    const rows = async <T extends object>(text: string): Promise<T[]> => (await client.query<T>(text)).rows
    const flows = new Map(
      (
        await rows<{ id: string; state: string; scanner_index: string | null }>(
          'SELECT id, state, scanner_index FROM flows',
        )
      ).map((row) => [row.id, row]),
    )
    const events = await rows<{ seq: string; type: string; data: string }>(
      `SELECT seq, type, data FROM events WHERE app_id = '${world.appId}' ORDER BY seq`,
    )
    const { entries } = world.history
    checkFlows(entries, flows, violations)
    checkEvents(events, violations)
    if (!pushedAgain) await checkPushes(world, rows, violations)
    await checkFeed(feed, events, violations)
    checkPages(entries, violations)
    for (const [name, text] of Object.entries(uniqueness)) {
      for (const row of await rows<{ what: string; n: string }>(text))
        violations.push(`I3 ${name}: ${row.what} ${row.n} times`)
    }
    await checkTokens(world, violations)
    return violations
  } finally {
    await client.end()
  }
}

const uniqueness = {
  'a WeChat belongs to several people': `SELECT namespace || ' ' || value_index AS what, count(DISTINCT user_id) AS n FROM identities
    WHERE kind = 'wechat' GROUP BY 1 HAVING count(DISTINCT user_id) > 1`,
  'a person has two WeChats of one account': `SELECT user_id AS what, count(*) AS n FROM identities
    WHERE kind = 'wechat' GROUP BY user_id, namespace HAVING count(*) > 1`,
}

/** I1, I2, I13: what was acknowledged is so, once, and nothing that was refused happened. */
function checkFlows(
  entries: readonly Entry[],
  flows: Map<string, { state: string; scanner_index: string | null }>,
  violations: string[],
): void {
  const redeemed = new Map<string, number>()
  for (const { op, key, outcome } of entries) {
    if (outcome !== 'ok') continue
    const flow = flows.get(key)
    if (!flow && ['create', 'scan', 'confirm', 'redeem'].includes(op))
      violations.push(`I1 ${op} of ${key} was acknowledged; the flow is gone`)
    if (op === 'scan' && !flow?.scanner_index)
      violations.push(`I1 the page saw ${key} scanned; the database does not know by whom`)
    if (op === 'redeem') redeemed.set(key, (redeemed.get(key) ?? 0) + 1)
    if (op === 'redeem' && flow?.state !== 'completed')
      violations.push(`I1 ${key} was redeemed; its state is ${flow?.state}`)
  }
  for (const [key, times] of redeemed) if (times > 1) violations.push(`I2 ${key} was redeemed ${times} times`)
}

/** I1, I2: each step of a flow is told once. */
function checkEvents(events: { type: string; data: string }[], violations: string[]): void {
  const told = new Map<string, number>()
  for (const { type, data } of events) {
    const { flow_id } = JSON.parse(data)
    if (
      !flow_id ||
      !['flow.scanned', 'flow.confirmed', 'flow.completed', 'flow.second_scan', 'flow.expired'].includes(type)
    )
      continue
    const key = `${type} of ${flow_id}`
    told.set(key, (told.get(key) ?? 0) + 1)
  }
  for (const [key, times] of told) if (times > 1) violations.push(`I1 ${key} was told ${times} times`)
}

/** I1: every push that was answered 200 is in the inbox, and none is there twice. */
async function checkPushes(
  world: World,
  rows: <T extends object>(text: string) => Promise<T[]>,
  violations: string[],
): Promise<void> {
  const response = await fetch(`${world.simulator.url}/_sim/pushes?account=${world.appid}`)
  const pushes = (await response.json()) as { attempts: { status: number | null }[] }[]
  const acked = pushes.filter(({ attempts }) => attempts.some(({ status }) => status === 200)).length
  const [inbox] = await rows<{ n: string; keys: string }>(
    'SELECT count(*) AS n, count(DISTINCT dedupe_key) AS keys FROM inbox',
  )
  if (Number(inbox?.n) !== Number(inbox?.keys)) violations.push('I1 a push is in the inbox twice')
  if (Number(inbox?.n) < acked) violations.push(`I1 ${acked} pushes were acknowledged, ${inbox?.n} are in the inbox`)
  if (Number(inbox?.n) > pushes.length) violations.push(`I1 ${pushes.length} were pushed, ${inbox?.n} are in the inbox`)
}

/** I5 for the feed: every event once, in order, none skipped, through all that happened. */
async function checkFeed(feed: Feed, events: { seq: string }[], violations: string[]): Promise<void> {
  const last = events.at(-1)
  const heard = (await feed.finish(last && `ev_${last.seq}`)).map(({ id }) => id)
  const there = events.map(({ seq }) => `ev_${seq}`)
  if (new Set(heard).size !== heard.length) violations.push('I5 the feed told an event twice')
  const known = new Set(heard)
  const skipped = there.filter((id) => !known.has(id))
  if (skipped.length > 0) violations.push(`I5 the feed skipped ${skipped.length} events, such as ${skipped[0]}`)
  if (heard.some((id, at) => at > 0 && Number(id.slice(3)) <= Number(heard[at - 1]?.slice(3))))
    violations.push('I5 the feed went backwards')
}

/** I13: no page ever saw its flow go back. */
function checkPages(entries: readonly Entry[], violations: string[]): void {
  const seen = new Map<string, string>()
  for (const { op, key, detail } of entries) {
    if (op !== 'page') continue
    const state = String(detail?.state)
    const before = seen.get(key)
    seen.set(key, state)
    if (before === undefined) continue
    const isBack =
      ends.includes(before) ||
      before === 'completed' ||
      (!ends.includes(state) && (rank[state] ?? 0) < (rank[before] ?? 0))
    if (isBack) violations.push(`I13 the page of ${key} saw ${before}, then ${state}`)
  }
}

/** I8: a token was asked for at most once a minute, whoever asked. */
async function checkTokens(world: World, violations: string[]): Promise<void> {
  const response = await fetch(`${world.simulator.url}/_sim/calls`)
  const calls = (await response.json()) as Record<string, number>
  const asked = (calls['/cgi-bin/stable_token'] ?? 0) + (calls['/cgi-bin/token'] ?? 0)
  const minutes = Math.ceil(world.history.now() / 60_000)
  if (asked > minutes + 1) violations.push(`I8 ${asked} tokens were asked for in ${minutes} minutes`)
}
