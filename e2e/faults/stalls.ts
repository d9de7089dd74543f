import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { type FamilyOptions, size, type Trial, type Trouble, untilServed } from './trial.ts'
import type { World } from './world.ts'

/** WeChat waits five seconds. */
const answerMs = 4_500
const recoveryMs = 10_000

/** The line to the database stands still with everything open, and is cut; then every connection is taken by work that does not end. */
export function stalls(options: FamilyOptions): Trouble {
  return async (world, visitors, trial) => {
    const times = size(options, { short: 1, usual: 3, long: 20 })
    for (let time = 0; time < times; time++) {
      await visitors.begun(world.random.whole(2, 6))
      world.note('the line stands still')
      world.line.set('stall')
      await Promise.all(world.nodes.map((_, position) => pushIntoNothing(world, position, trial)))
      await pause(options.short ? 500 : 5_000)
      world.line.set('pass')
      trial.worst('served again after a stall, worst ms', await untilServed(world), recoveryMs)
      world.note('every line is cut')
      world.line.cut()
      trial.worst('served again after a cut, worst ms', await untilServed(world), recoveryMs)
      await visitors.begun(4)
      await exhaust(world, trial)
    }
    trial.figures.stalls = times
    trial.figures['pools exhausted'] = times
  }
}

/** Whoever needs these tables waits, until no connection is left for anybody. */
async function exhaust(world: World, trial: Trial): Promise<void> {
  world.note('every table is locked')
  const client = new pg.Client({ connectionString: world.database })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('LOCK TABLE flows, inbox, followers IN ACCESS EXCLUSIVE MODE')
    await Promise.all(world.nodes.map((_, position) => pushIntoNothing(world, position, trial)))
    await client.query('ROLLBACK')
  } finally {
    await client.end()
  }
  trial.worst('served again after the pool was empty, worst ms', await untilServed(world), recoveryMs)
}

/** A push while nothing can be stored is told in time to come again, and no more. */
async function pushIntoNothing(world: World, position: number, trial: Trial): Promise<void> {
  const { people, pushes, accounts, clock } = world.simulator.world
  const account = accounts.get(world.appid)
  const person = people.create(`nobody ${position}`)
  const openid = people.openid(account, person)
  const fields = {
    ToUserName: account.original_id,
    FromUserName: openid,
    CreateTime: clock.seconds(),
    MsgType: 'event',
    Event: 'CLICK',
    EventKey: `nothing ${position}`,
  }
  const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
  const document = `<xml>${elements.join('')}</xml>`
  const order = { account, person, openid, event: 'CLICK', document, attempts: 1 }
  const { attempts } = await pushes.deliver(order).settled
  const [attempt] = attempts
  trial.worst('push answered, worst ms', attempt?.ms ?? 0)
  // Later than this WeChat has hung up: that is no slowness, that is no answer.
  if ((attempt?.ms ?? 0) > answerMs) trial.violations.push(`a push into nothing was answered after ${attempt?.ms} ms`)
  if (attempt?.status !== 503) trial.violations.push(`I1 a push into nothing was answered ${attempt?.status}, not 503`)
}
