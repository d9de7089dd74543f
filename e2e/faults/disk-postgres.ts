import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startCluster } from '../../tools/postgres.ts'
import { fill } from './disk.ts'
import { type FamilyOptions, type Report, size, type Trouble, underLoad, untilServed } from './trial.ts'
import type { World } from './world.ts'

const fault = 'PostgreSQL on a 320 MiB tmpfs'
/** A PostgreSQL that could not write its log has ended itself; whoever supervises it starts it when there is room. */
const settings = { max_wal_size: '48MB', min_wal_size: '32MB' }
const mostPushes = 20_000

/** The disk of PostgreSQL is full for a while: pushes are told to come again, the nodes live on, and all heals by itself. */
export async function postgresDiskFull(options: FamilyOptions): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-disk-'))
  // PostgreSQL runs as somebody else, and looks for its folder from the root.
  chmodSync(folder, 0o755)
  const disk = join(folder, 'data')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=320m', 'tmpfs', disk]).status !== 0) {
    rmSync(folder, { recursive: true })
    return { fault, figures: { run: 'no: mounting is not allowed here' }, violations: [] }
  }
  try {
    const cluster = await startCluster({ fsync: true, parent: disk, settings })
    try {
      return await underLoad(fault, { ...options, cluster }, fullNowAndThen(disk, options))
    } finally {
      await cluster.stop()
    }
  } finally {
    spawnSync('umount', [disk])
    rmSync(folder, { recursive: true, force: true })
  }
}

function fullNowAndThen(disk: string, options: FamilyOptions): Trouble {
  return async (world, visitors, trial) => {
    const times = size(options, { short: 1, usual: 3, long: 10 })
    let ended = 0
    for (let time = 0; time < times; time++) {
      await visitors.begun(12)
      world.note('the disk is full')
      const ballast = fill(join(disk, 'ballast'))
      const refused = await pushUntilRefused(world)
      if (refused === undefined) trial.violations.push('no push was ever refused: the disk was not full')
      else if (refused !== 503) trial.violations.push(`a push was answered ${refused} while the disk was full`)
      await pause(1_000)
      for (const node of world.nodes) {
        if (!node.process.isRunning()) trial.violations.push('a node ended while the disk was full')
        const { ok } = await fetch(`${node.url}/healthz`)
        if (!ok) trial.violations.push('a node was not alive while the disk was full')
      }
      rmSync(ballast)
      world.note('there is room')
      if (!isRunning(world.cluster.pid())) {
        ended++
        await world.cluster.start()
      }
      trial.worst('healed, worst ms', await untilServed(world), 10_000)
    }
    trial.figures['times full'] = times
    trial.figures['ended itself'] = ended
  }
}

/** @returns what the first push was answered that was not stored */
async function pushUntilRefused(world: World): Promise<number | null | undefined> {
  const { people, pushes, accounts, clock } = world.simulator.world
  const account = accounts.get(world.appid)
  let refused: number | null | undefined
  let left = mostPushes
  async function work(): Promise<void> {
    while (refused === undefined && left-- > 0) {
      const person = people.create('somebody')
      const openid = people.openid(account, person)
      const document = `<xml><ToUserName>${account.original_id}</ToUserName><FromUserName>${openid}</FromUserName><CreateTime>${clock.seconds()}</CreateTime><MsgType>event</MsgType><Event>CLICK</Event><EventKey>x</EventKey></xml>`
      const order = { account, openid, event: 'CLICK', document, attempts: 1 }
      const { attempts } = await pushes.deliver(order).settled
      if (attempts[0]?.status !== 200) refused ??= attempts[0]?.status ?? null
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return refused
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
