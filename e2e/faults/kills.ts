import { setTimeout as pause } from 'node:timers/promises'
import type { Point } from './points.ts'
import { expireSome, type FamilyOptions, size, type Trial, type Trouble } from './trial.ts'
import type { Visitors } from './visitors.ts'
import type { Node, World } from './world.ts'

/** What is written so seldom that it came by less often is waited for in vain. */
const often = 3
const patienceMs = 15_000

/** kill −9 of nodes: at random moments, while they start, and at every statement of every transaction, before it leaves and when it is answered. */
export function kills(options: FamilyOptions): Trouble {
  return async (world, visitors, trial) => {
    await randomKills(world, visitors, trial, size(options, { short: 2, usual: 15, long: 500 }))
    await visitors.begun(40)
    const points = world.points.seen(often)
    const perPoint = size(options, { short: 1, usual: 1, long: 3 })
    const most = size(options, { short: 3, usual: 30, long: Number.POSITIVE_INFINITY })
    let reached = 0
    let struck = 0
    for (const point of world.random.shuffled(points)) {
      if (reached >= most) break
      const hits = await killAt(world, point, perPoint, trial)
      struck += hits
      if (hits > 0) reached++
    }
    trial.figures.points = reached
    trial.figures['kills at points'] = struck
    trial.figures['points known'] = points.length
  }
}

async function randomKills(world: World, visitors: Visitors, trial: Trial, times: number): Promise<void> {
  const { random } = world
  let starting = 0
  for (let kill = 0; kill < times; kill++) {
    await visitors.begun(random.whole(1, 6))
    await pause(random.whole(0, 40))
    const node = world.nodes[random.whole(0, world.nodes.length - 1)]
    if (!node) continue
    world.note(`kill -9 of the node at ${node.port}`)
    await node.process.kill()
    if (random.chance(0.3)) {
      await node.dieStarting(random.whole(50, 1_500))
      starting++
    }
    await startAgain(node, trial)
  }
  trial.figures.kills = times + starting
  trial.figures['of them while starting'] = starting
}

/** @returns how often a node came by and died there */
async function killAt(world: World, point: Point, times: number, trial: Trial): Promise<number> {
  for (let hit = 0; hit < times; hit++) {
    // Work for the jobs, too: they have their own transactions.
    await expireSome(world)
    const node = await strike(world, point)
    if (!node) return hit
    world.note(`kill -9 of the node at ${node.port} ${point}`)
    await node.process.kill()
    await startAgain(node, trial)
  }
  return times
}

/** The first node to come there is dead before anything of it gets through. */
function strike(world: World, point: Point): Promise<Node | undefined> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => {
      world.points.wait(undefined, () => {})
      resolve(undefined)
    }, patienceMs)
    world.points.wait(point, (port) => {
      const node = world.nodes.find((one) => String(one.port) === port)
      if (node) process.kill(node.process.pid, 'SIGKILL')
      clearTimeout(giveUp)
      resolve(node)
    })
  })
}

async function startAgain(node: Node, trial: Trial): Promise<void> {
  const began = performance.now()
  await node.start()
  trial.worst('ready again, worst ms', performance.now() - began, 5_000)
}
