import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Feed } from './feed.ts'
import type { Entry } from './history.ts'
import type { Sent } from './ledger.ts'
import type { World } from './world.ts'

export interface FlowFact {
  state: string
  scanner: string | null
}

export interface EventFact {
  id: string
  type: string
  flow: string | undefined
}

/** What is known when all is quiet: what was seen from outside, what WeChat's books say, and what the database says. The checker needs nothing else. */
export interface Evidence {
  entries: readonly Entry[]
  flows: ReadonlyMap<string, FlowFact>
  /** What the app may read, in order. */
  events: readonly EventFact[]
  /** What a reader of the feed was given, in the order it came, up to the last of `events`. */
  heard: readonly string[]
  identities: readonly { user: string; kind: string; namespace: string; value: string }[]
  /** By index of the person: whether they follow, by WeChat, where every push of theirs was acknowledged; and by the database. */
  follows: ReadonlyMap<string, { truth: boolean; stored: boolean | undefined }>
  /** Followers the platform should have been asked about, and was not. */
  doubts: number
  inbox: { documents: number; rows: number }
  repeats: Repeats
  /** Monotonic milliseconds. */
  tokenCalls: readonly number[]
}

/** Everything that was acknowledged, sent once more: it is known, it gets the reply of the first time, and nothing else happens. */
export interface Repeats {
  acked: number
  unanswered: number
  otherReply: readonly string[]
  /** Rows of the inbox that were not there before: acknowledged, and lost. */
  newRows: number
  newEvents: number
}

/** The job of a node that was killed is free again when its lease of half a minute has run out. */
const patienceMs = 60_000
const repeatsAtOnce = 16

export async function gather(world: World, feed: Feed): Promise<Evidence> {
  await world.ledger.settled()
  const client = new pg.Client({ connectionString: world.database })
  await client.connect()
  const rows = async <T extends object>(text: string): Promise<T[]> => (await client.query<T>(text)).rows
  const count = async (text: string): Promise<number> => Number((await rows<{ n: string }>(text))[0]?.n)
  try {
    const doubts = await untilNone(() => count('SELECT count(*) AS n FROM followers WHERE lookup_due_at IS NOT NULL'))
    const events = await readEvents(world, rows)
    const heard = await feed.finish(events.at(-1)?.id)
    const flows = await rows<{ id: string; state: string; scanner_index: string | null }>(
      'SELECT id, state, scanner_index FROM flows',
    )
    const identities = await rows<{ user_id: string; kind: string; namespace: string; value_index: string }>(
      'SELECT user_id, kind, namespace, value_index FROM identities',
    )
    const documents = new Set(world.ledger.sent.map(({ order }) => String(order.document))).size
    return {
      entries: world.history.entries,
      flows: new Map(flows.map((row) => [row.id, { state: row.state, scanner: row.scanner_index }])),
      events,
      heard,
      identities: identities.map((row) => ({
        user: row.user_id,
        kind: row.kind,
        namespace: row.namespace,
        value: row.value_index,
      })),
      follows: await readFollows(world, rows),
      doubts,
      inbox: { documents, rows: await count('SELECT count(*) AS n FROM inbox') },
      repeats: await repeatAll(world, count),
      tokenCalls: [...world.ledger.tokenCalls],
    }
  } finally {
    await client.end()
  }
}

type Rows = <T extends object>(text: string) => Promise<T[]>

async function untilNone(count: () => Promise<number>): Promise<number> {
  const began = performance.now()
  for (;;) {
    const left = await count()
    if (left === 0 || performance.now() - began > patienceMs) return left
    await pause(200)
  }
}

async function readEvents(world: World, rows: Rows): Promise<EventFact[]> {
  const found = await rows<{ seq: string; type: string; data: string }>(
    `SELECT seq, type, data FROM events WHERE app_id = '${world.appId}' ORDER BY seq`,
  )
  return found.map(({ seq, type, data }) => ({ id: `ev_${seq}`, type, flow: JSON.parse(data).flow_id }))
}

async function readFollows(world: World, rows: Rows): Promise<Evidence['follows']> {
  const stored = new Map(
    (
      await rows<{ openid_index: string; follows: boolean }>(
        'SELECT openid_index, followed_at IS NOT NULL AND unfollowed_at IS NULL AS follows FROM followers',
      )
    ).map((row) => [row.openid_index, row.follows]),
  )
  const { people, accounts } = world.simulator.world
  const account = accounts.get(world.appid)
  const sent = Map.groupBy(world.ledger.sent, ({ openid }) => openid)
  const follows = new Map<string, { truth: boolean; stored: boolean | undefined }>()
  for (const person of people.list()) {
    const openid = people.openid(account, person)
    const mine = sent.get(openid) ?? []
    // What WeChat gave up on is for the reconcile, not for the push.
    if (mine.length === 0 || mine.some(({ acked }) => !acked)) continue
    const index = world.indexOf(openid)
    follows.set(index, { truth: person.follows.has(world.appid), stored: stored.get(index) })
  }
  return follows
}

async function repeatAll(world: World, count: (text: string) => Promise<number>): Promise<Repeats> {
  const countRows = () => count('SELECT count(*) AS n FROM inbox')
  const countEvents = () =>
    count(
      `SELECT count(*) AS n FROM events WHERE type IN ('flow.scanned', 'flow.second_scan') OR type LIKE 'follower.%'`,
    )
  const acked = [...uniqueDocuments(world.ledger.sent.filter((sent) => sent.acked))]
  const before = { rows: await countRows(), events: await countEvents() }
  const left = [...acked]
  const otherReply: string[] = []
  let unanswered = 0
  async function work(): Promise<void> {
    for (let sent = left.pop(); sent; sent = left.pop()) {
      const again = await world.ledger.repeat(sent)
      if (!again.acked) unanswered++
      else if (again.reply !== sent.reply) otherReply.push(`${sent.event}: “${sent.reply}”, then “${again.reply}”`)
    }
  }
  await Promise.all(Array.from({ length: repeatsAtOnce }, work))
  return {
    acked: acked.length,
    unanswered,
    otherReply,
    newRows: (await countRows()) - before.rows,
    newEvents: (await countEvents()) - before.events,
  }
}

function uniqueDocuments(sent: readonly Sent[]): Iterable<Sent> {
  // The first one to be answered is the one whose reply was given.
  return new Map(sent.toReversed().map((one) => [String(one.order.document), one])).values()
}
