import { judge } from './checker.ts'
import { gather } from './evidence.ts'
import { followFeed } from './feed.ts'
import { type FamilyOptions, openTrial, type Report } from './trial.ts'
import { startWorld, type World } from './world.ts'

type Order = Parameters<World['simulator']['world']['pushes']['deliver']>[0]

const atOnce = 12

/** Pushes come up to three times, in another order, up to an hour late, and two in one second; in the end every follower is what WeChat says. */
export async function disorder(options: FamilyOptions, events: number): Promise<Report> {
  const fault = 'F11 repeated, reordered, late pushes'
  const world = await startWorld(options)
  const { figures, violations } = openTrial()
  try {
    const { orders, people, pairs } = makeOrders(world, events)
    const feed = followFeed(world)
    const left = world.random.shuffled(orders)
    async function work(): Promise<void> {
      for (let order = left.pop(); order; order = left.pop()) await world.simulator.world.pushes.deliver(order).settled
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    const evidence = await gather(world, feed)
    violations.push(...judge(evidence))
    if (evidence.follows.size !== people)
      violations.push(`I1 ${people} people pushed, ${evidence.follows.size} of them were always answered`)
    const following = [...evidence.follows.values()].filter(({ truth }) => truth).length
    Object.assign(figures, { pushes: orders.length, different: evidence.inbox.documents, people, following })
    figures['same-second pairs'] = pairs
  } catch (error) {
    violations.push(`the run broke: ${error instanceof Error ? error.stack : error}`)
  } finally {
    await world.close({ keep: violations.length > 0 })
  }
  return { fault, figures, violations, ...(violations.length > 0 && { history: world.history.file }) }
}

function makeOrders(world: World, events: number): { orders: Order[]; people: number; pairs: number } {
  const { random } = world
  const { people, accounts, clock } = world.simulator.world
  const account = accounts.get(world.appid)
  const now = clock.seconds()
  const orders: Order[] = []
  let count = 0
  let pairs = 0
  for (; orders.length < events; count++) {
    const person = people.create(`person ${count}`)
    const openid = people.openid(account, person)
    let follows = false
    function push(event: 'subscribe' | 'unsubscribe', at: number): void {
      follows = event === 'subscribe'
      const fields = {
        ToUserName: account.original_id,
        FromUserName: openid,
        CreateTime: at,
        MsgType: 'event',
        Event: event,
        EventKey: '',
      }
      const document = `<xml>${Object.entries(fields)
        .map(([name, value]) => `<${name}>${value}</${name}>`)
        .join('')}</xml>`
      const order = { account, person, openid, event, document, hidden: true, attempts: 3 }
      for (let copies = random.whole(1, 3); copies > 0; copies--) orders.push(order)
    }
    for (let turns = random.whole(1, 6), turn = 0; turn < turns; turn++) {
      const at = now - 3_600 + turn * 60 + random.whole(0, 59)
      const first = random.chance(0.6) ? 'subscribe' : 'unsubscribe'
      push(first, at)
      if (!random.chance(0.2)) continue
      // Nothing in the pushes says which of the two was last; only the platform knows.
      pairs++
      push(first === 'subscribe' ? 'unsubscribe' : 'subscribe', at)
    }
    if (follows) people.follow(account, person, { scene: 'ADD_SCENE_SEARCH', qrScene: 0, qrSceneText: '' })
  }
  return { orders, people: count, pairs }
}
