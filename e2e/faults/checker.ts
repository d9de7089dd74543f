import type { Evidence } from './evidence.ts'
import type { Entry } from './history.ts'

const rank: Record<string, number> = { waiting: 0, scanned: 1, registration_required: 2, confirmed: 3, completed: 4 }
/** Ends that any state may come to. */
const ends = ['declined', 'expired', 'cancelled', 'failed']
const toldOnce = [
  'flow.scanned',
  'flow.second_scan',
  'flow.confirmed',
  'flow.completed',
  'flow.declined',
  'flow.expired',
]

/** A node and its database each round to milliseconds. */
const refreshPauseMs = 60_000 - 500

/** Holds the evidence against the invariants of security.md §4.1. Pure, so that it can be shown that it fails. @returns what is broken, each by its invariant */
export function judge(evidence: Evidence): string[] {
  return [
    ...judgeFlows(evidence),
    ...judgeScans(evidence),
    ...judgePushes(evidence),
    ...judgeEvents(evidence),
    ...judgePeople(evidence),
    ...judgeFeed(evidence),
    ...judgeStates(evidence),
    ...judgeTokens(evidence),
  ]
}

/** I1, I2: what was acknowledged is so, once; what was refused each time did not happen. */
function* judgeFlows({ entries, flows, events }: Evidence): Generator<string> {
  const completed = new Set(events.filter(({ type }) => type === 'flow.completed').map(({ flow }) => flow))
  const redeems = Map.groupBy(
    entries.filter(({ op }) => op === 'redeem'),
    ({ key }) => key,
  )
  for (const { op, key, outcome } of entries) {
    if (outcome !== 'ok' || !['create', 'scan', 'confirm', 'redeem'].includes(op)) continue
    if (!flows.has(key)) yield `I1 ${op} of ${key} was acknowledged; the flow is gone`
  }
  for (const [key, all] of redeems) {
    const times = all.filter(({ outcome }) => outcome === 'ok').length
    const state = flows.get(key)?.state
    if (times > 1) yield `I2 ${key} was redeemed ${times} times`
    if (times > 0 && state !== 'completed') yield `I1 ${key} was redeemed; its state is ${state}`
    if (times > 0 && !completed.has(key)) yield `I1 ${key} was redeemed; nobody was told`
    if (all.every(({ outcome }) => outcome === 'fail') && state === 'completed')
      yield `I2 ${key} was refused each time, and is completed`
  }
}

/** I2: a flow is of the one person who has its link. */
function* judgeScans({ entries, flows }: Evidence): Generator<string> {
  const scans = Map.groupBy(
    entries.filter(({ op, outcome }) => op === 'scan' && outcome === 'ok'),
    ({ key }) => key,
  )
  for (const [key, all] of scans) {
    const linked = all.filter(({ detail }) => detail?.linked).map(({ detail }) => String(detail?.scanner))
    const winner = flows.get(key)?.scanner
    if (new Set(linked).size > 1) yield `I2 ${key}: ${linked.length} people got the link`
    if (!winner) yield `I1 the page saw ${key} scanned; the database does not know by whom`
    else if (linked.some((scanner) => scanner !== winner))
      yield `I2 ${key}: the link went to one person, the flow to another`
    else if (!all.some(({ detail }) => detail?.scanner === winner))
      yield `I2 ${key} belongs to somebody who did not scan it`
  }
}

/** I1: every push that was answered 200 is there, with its effect, once. */
function* judgePushes({ inbox, repeats, follows, doubts }: Evidence): Generator<string> {
  const { newRows, newEvents, unanswered, otherReply } = repeats
  if (newRows > 0) yield `I1 ${newRows} of ${repeats.acked} acknowledged pushes were not in the inbox`
  if (newEvents > 0) yield `I1 repeats caused ${newEvents} events`
  if (unanswered > 0) yield `I1 ${unanswered} repeats were not answered`
  for (const reply of otherReply) yield `I1 a repeat had another reply: ${reply}`
  if (inbox.rows > inbox.documents) yield `I1 ${inbox.documents} different pushes, ${inbox.rows} in the inbox`
  for (const [person, { truth, stored }] of follows) {
    if ((stored ?? false) !== truth) yield `I1 ${person} ${truth ? 'follows' : 'left'}; the database says ${stored}`
  }
  if (doubts > 0) yield `I1 ${doubts} followers stayed in doubt`
}

/** I1: each step of a flow is told once. */
function* judgeEvents({ events, flows }: Evidence): Generator<string> {
  const told = new Map<string, number>()
  for (const { type, flow } of events) {
    if (!flow || !toldOnce.includes(type)) continue
    told.set(`${type} of ${flow}`, (told.get(`${type} of ${flow}`) ?? 0) + 1)
  }
  for (const [key, times] of told) if (times > 1) yield `I1 ${key} was told ${times} times`
  for (const [id, { state }] of flows) {
    if (!['scanned', 'confirmed', 'completed'].includes(state)) continue
    if (!told.has(`flow.scanned of ${id}`)) yield `I1 ${id} is ${state}; nobody was told of its scan`
  }
}

/** I3: one binding of a WeChat, one WeChat and one external identity of a person; and the same person is the same user each time. */
function* judgePeople({ identities, entries }: Evidence): Generator<string> {
  const owners = Map.groupBy(identities, ({ kind, namespace, value }) => `${kind} ${namespace} ${value}`)
  for (const [what, all] of owners) if (all.length > 1) yield `I3 ${what} is bound ${all.length} times`
  const held = Map.groupBy(
    identities.filter(({ kind }) => kind === 'wechat' || kind === 'external'),
    ({ user, kind, namespace }) => `${user} has ${kind} ${namespace}`,
  )
  for (const [what, all] of held) if (all.length > 1) yield `I3 ${what} ${all.length} times`
  const users = new Map<string, string>()
  for (const { op, outcome, detail } of entries) {
    if (op !== 'redeem' || outcome !== 'ok') continue
    const [scanner, user] = [String(detail?.scanner), String(detail?.user)]
    const before = users.get(scanner) ?? user
    if (before !== user) yield `I3 ${scanner} was ${before}, and then ${user}`
    users.set(scanner, before)
  }
}

/** I5 for the feed: every event once, in order, none skipped, through all that happened. */
function* judgeFeed({ heard, events }: Evidence): Generator<string> {
  if (new Set(heard).size !== heard.length) yield 'I5 the feed told an event twice'
  const known = new Set(heard)
  const skipped = events.filter(({ id }) => !known.has(id))
  if (skipped.length > 0) yield `I5 the feed skipped ${skipped.length} events, such as ${skipped[0]?.id}`
  const numbers = heard.map((id) => Number(id.slice(3)))
  if (numbers.some((number, at) => at > 0 && number < (numbers[at - 1] ?? 0))) yield 'I5 the feed went backwards'
}

/** I13: no page ever saw its flow go back, nor is it in the end behind what a page saw. */
function* judgeStates({ entries, flows }: Evidence): Generator<string> {
  const pages = Map.groupBy(
    entries.filter(({ op }) => op === 'page'),
    ({ key }) => key,
  )
  for (const [key, all] of pages) {
    const states = all.map(({ detail }: Entry) => String(detail?.state))
    const last = flows.get(key)?.state
    // The page is told of an expiry before housekeeping has written it.
    if (last !== undefined && states.at(-1) !== 'expired') states.push(last)
    for (const [at, state] of states.entries()) {
      const before = states[at - 1]
      if (before !== undefined && isBehind(state, before)) yield `I13 ${key} was ${before}, then ${state}`
    }
  }
}

function isBehind(state: string, before: string): boolean {
  if (state === before) return false
  if (ends.includes(before) || before === 'completed') return true
  return !ends.includes(state) && (rank[state] ?? 0) < (rank[before] ?? 0)
}

/** I8: in the whole fleet no token was asked for within a minute of the last. */
function* judgeTokens({ tokenCalls }: Evidence): Generator<string> {
  for (const [at, call] of tokenCalls.entries()) {
    const gap = call - (tokenCalls[at - 1] ?? Number.NEGATIVE_INFINITY)
    if (gap < refreshPauseMs) yield `I8 a token was asked for ${Math.round(gap)} ms after the last`
  }
}
