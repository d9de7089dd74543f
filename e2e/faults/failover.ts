import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { type Cluster, startCluster, startStandby } from '../../tools/postgres.ts'
import { type Report, type Trouble, untilServed } from './trial.ts'

/** The primary dies; its synchronous standby is promoted, and the line points there. Debian's PostgreSQL, for pg_basebackup. */
export async function failover(underLoad: (cluster: Cluster, trouble: Trouble) => Promise<Report>): Promise<Report> {
  const bin = debianPostgres()
  const primary = await startCluster({
    bin,
    fsync: true,
    settings: { synchronous_standby_names: '*', synchronous_commit: 'local', wal_level: 'replica' },
  })
  const standby = await startStandby(primary, bin)
  let current = primary
  const cluster: Cluster = {
    ...primary,
    url: (database) => current.url(database),
    create: (...names) => current.create(...names),
    drop: (name) => current.drop(name),
  }
  try {
    await untilSynchronous(primary)
    return await underLoad(cluster, async (world, visitors, trial) => {
      await visitors.begun(20)
      world.note('the primary is killed, the standby promoted')
      await primary.kill()
      const began = performance.now()
      await standby.promote()
      current = standby
      world.line.aim(standby.port)
      world.line.cut()
      await untilServed(world)
      trial.figures.failovers = 1
      trial.worst('served again after, ms', performance.now() - began, 15_000)
    })
  } finally {
    await standby.stop()
    await primary.stop()
  }
}

async function untilSynchronous(primary: Cluster): Promise<void> {
  const client = new pg.Client({ connectionString: primary.url() })
  await client.connect()
  for (;;) {
    const { rows } = await client.query(`SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`)
    if (rows.length > 0) break
    await pause(50)
  }
  // From here on nothing is acknowledged before the standby has it.
  await client.query(`ALTER SYSTEM SET synchronous_commit = 'on'`)
  await client.query('SELECT pg_reload_conf()')
  await client.end()
}

function debianPostgres(): { initdb: string; postgres: string; basebackup: string } {
  const root = '/usr/lib/postgresql'
  const find = () => (existsSync(root) ? readdirSync(root) : []).toSorted().at(-1)
  if (!find() && process.getuid?.() === 0) {
    spawnSync('apt-get', ['update'], { stdio: 'inherit' })
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql'], { stdio: 'inherit' })
  }
  const version = find()
  if (!version) throw new Error('F03 needs Debian’s PostgreSQL, for pg_basebackup: apt-get install postgresql')
  const bin = `${root}/${version}/bin`
  return { initdb: `${bin}/initdb`, postgres: `${bin}/postgres`, basebackup: `${bin}/pg_basebackup` }
}
