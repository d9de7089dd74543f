import pg from 'pg'
import { check } from './checker.ts'
import type { FamilyOptions, Report } from './families.ts'
import { followFeed } from './feed.ts'
import { startWorld } from './world.ts'

interface Step {
  person: string
  event: Record<string, string>
}

const atOnce = 12

/** Pushes come twice, in another order, and late; in the end every follower is what the newest one says. */
export async function disorder(options: FamilyOptions, events: number): Promise<Report> {
  const world = await startWorld(options)
  const { random, simulator } = world
  const now = simulator.world.clock.seconds()
  const account = simulator.world.accounts.get(world.appid)
  const expected = new Map<string, boolean>()
  const steps: Step[] = []
  for (let number = 0; steps.length < events; number++) {
    const person = simulator.world.people.create(`person ${number}`)
    const openid = simulator.world.people.openid(account, person)
    const mine: Step[] = []
    const count = random.whole(1, 6)
    for (let turn = 0; turn < count; turn++) {
      const follows = random.chance(0.6)
      // Up to an hour late; each in a second of its own, since events of one second have no order.
      const at = now - 3_600 + turn * 60 + random.whole(0, 59)
      mine.push({
        person: person.id,
        event: { Event: follows ? 'subscribe' : 'unsubscribe', EventKey: '', CreateTime: String(at) },
      })
      expected.set(openid, follows)
    }
    // Where the order is in doubt the platform is asked, so it must know how it ended.
    if (expected.get(openid))
      simulator.world.people.follow(account, person, { scene: 'ADD_SCENE_SEARCH', qrScene: 0, qrSceneText: '' })
    for (const step of mine) for (let copies = random.whole(1, 3); copies > 0; copies--) steps.push(step)
  }
  shuffle(steps, random)
  const feed = followFeed(world)
  const left = [...steps]
  let unanswered = 0
  async function pushAll(): Promise<void> {
    for (let step = left.pop(); step; step = left.pop()) {
      const response = await fetch(`${simulator.url}/_sim/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account: world.appid, person: step.person, event: step.event }),
      })
      const { pushes } = (await response.json()) as { pushes: { attempts: { status: number | null }[] }[] }
      if (!pushes[0]?.attempts.some(({ status }) => status === 200)) unanswered++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, pushAll))
  const violations = await check(world, feed, { pushedAgain: true })
  const client = new pg.Client({ connectionString: world.database })
  await client.connect()
  const { rows } = await client.query(
    'SELECT count(*) FILTER (WHERE unfollowed_at IS NULL) AS following, count(*) AS known FROM followers',
  )
  await client.end()
  const following = [...expected.values()].filter(Boolean).length
  if (unanswered > 0) violations.push(`${unanswered} pushes were never answered`)
  if (Number(rows[0].known) !== expected.size)
    violations.push(`I1 ${expected.size} people pushed, ${rows[0].known} are known`)
  if (Number(rows[0].following) !== following)
    violations.push(`I1 by the model ${following} follow; by the database ${rows[0].following}`)
  await world.close({ keep: violations.length > 0 })
  const figures = { pushes: steps.length, people: expected.size, following }
  return { fault: 'F11 repeated, reordered, late pushes', figures, violations }
}

function shuffle<T>(list: T[], random: { whole(least: number, most: number): number }): void {
  for (let at = list.length - 1; at > 0; at--) {
    const other = random.whole(0, at)
    const [a, b] = [list[at], list[other]]
    if (a !== undefined && b !== undefined) [list[at], list[other]] = [b, a]
  }
}
