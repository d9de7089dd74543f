import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, loadConfig, readEnvironment } from '../config.ts'
import { pauseDispatch } from '../outbox/outbox.ts'
import { backUp, putBack } from '../store/backup.ts'
import { systemClock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { transfer } from '../store/transfer.ts'
import { readKeyFile } from '../vault/keyfile.ts'
import { openVault } from '../vault/vault.ts'
import { createBar } from './bar.ts'
import { pgDumpGuide } from './pg-dump.ts'
import { NoInstallation, print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const backupUsage = `hufu backup FILE

  Copies the database to FILE while the server runs. The key (HUFU_SECRET_KEY_FILE) is not in it: keep a copy of that somewhere else.
  With PostgreSQL, it says how to use pg_dump.`

const restoreUsage = `hufu restore FILE

  Puts a backup into the place of the database; the server must be stopped. What stood there is kept beside it.
  Afterwards no background work touches WeChat or a website until: hufu outbox resume`

const migrateUsage = `hufu migrate --from sqlite:./data/hufu.sqlite [--to postgres://host/database]

  Moves an installation from SQLite to an empty PostgreSQL database; the server must be stopped. The key stays the same.
  Without --to it is the database of HUFU_DATABASE_URL, in .env: an address with a password does not belong on a command line, where others see it.
  It is one transaction: what fails leaves the PostgreSQL database empty. The SQLite file is not changed.`

const outboxUsage = `hufu outbox status    how many jobs wait, and for how long; which accounts may not send now
hufu outbox pause     background work rests on every node and waits: sends, look-ups of new followers, comparisons with WeChat
hufu outbox resume    goes on
hufu outbox resume APPID    this account sends again at once, say after its quota was cleared at WeChat

  While it rests, people still scan, follow and log in: what their page needs (a QR code, a token, who has just scanned) is asked of WeChat as ever.`

function configuration(): Config {
  return loadConfig(readEnvironment(process.env, '.env'))
}

export async function backupCommand(args: string[]): Promise<void> {
  const [file, ...rest] = readOptions(args, {}, backupUsage).positionals
  if (!file || rest.length > 0) throw new UsageError(backupUsage)
  const config = configuration()
  if (config.databaseUrl) {
    print(pgDumpGuide(config.databaseUrl, file))
    print(`\nThe key (${config.keyFile}) is not in it: keep a copy of it somewhere else.`)
    return
  }
  const from = join(config.dataDir, 'hufu.sqlite')
  if (!existsSync(from)) throw new NoInstallation(`There is no Hufu here: ${from} does not exist.`)
  const bar = createBar()
  await backUp(from, resolve(file), ({ pages, of }) => bar.show('pages', pages, of))
  bar.end()
  print(`${file} is a whole copy, checked. The key (${config.keyFile}) is not in it: keep a copy of it somewhere else.`)
}

export async function restoreCommand(args: string[]): Promise<void> {
  const [file, ...rest] = readOptions(args, {}, restoreUsage).positionals
  if (!file || rest.length > 0) throw new UsageError(restoreUsage)
  const config = configuration()
  if (config.databaseUrl) {
    throw new UsageError(
      'The data is in PostgreSQL: restore it with pg_restore, then `hufu outbox pause` before any node starts.',
    )
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const former = await putBack(resolve(file), join(config.dataDir, 'hufu.sqlite'), {
    now: Date.now(),
    prepare: (store) => makeReady(store, config),
  })
  print(`${file} is in place${former ? `; what stood there is ${former}` : ''}.
Background work rests until you have looked: hufu start, then hufu outbox resume.`)
}

/** A copy that is to become the installation: its key must be at hand, and nothing goes out until somebody has looked. */
async function makeReady(store: Store, config: Pick<Config, 'secretKey' | 'keyFile'>): Promise<void> {
  const clock = systemClock()
  const key = config.secretKey ?? readKeyFile(config.keyFile, { create: false })
  await openVault({ store, clock, key })
  await pauseDispatch(store, clock)
}

export async function migrateCommand(args: string[]): Promise<void> {
  const options = { from: { type: 'string' }, to: { type: 'string' } } as const
  const { values, positionals } = readOptions(args, options, migrateUsage)
  const from = values.from?.startsWith('sqlite:') ? resolve(values.from.slice('sqlite:'.length)) : undefined
  const isAddress = values.to === undefined || /^postgres(ql)?:\/\//.test(values.to)
  if (!from || !isAddress || positionals.length > 0) throw new UsageError(migrateUsage)
  const to = values.to ?? configuration().databaseUrl?.reveal()
  if (!to) throw new UsageError(`HUFU_DATABASE_URL is not set, and there is no --to.\n\n${migrateUsage}`)
  const began = performance.now()
  const bar = createBar()
  const moved = await transfer(from, to, ({ table: name, rows, of }) => bar.show(name, rows, of))
  bar.end()
  const filled = moved.filter(({ rows }) => rows > 0)
  print(
    table([
      ['table', 'rows on both sides'],
      ...filled.map(({ table: name, rows }) => [name, rows.toLocaleString('en')]),
    ]),
  )
  print(`
Moved and counted in ${((performance.now() - began) / 1000).toFixed(1)} s. ${values.to ? 'Now set HUFU_DATABASE_URL, keep' : 'Keep'} the same key, and start.
The SQLite file is as it was; once all is well, delete it.`)
}

export async function outboxCommand([verb, ...args]: string[]): Promise<void> {
  const [appid, ...more] = readOptions(args, {}, outboxUsage).positionals
  if (more.length > 0 || (appid !== undefined && verb !== 'resume')) throw new UsageError(outboxUsage)
  switch (verb) {
    case 'status':
      return withInstallation(async ({ outbox, messages, clock }) => {
        const rows = await outbox.count()
        const age = (at: number) => `${Math.max(0, Math.round((clock.now() - at) / 1000))} s`
        print(
          (await outbox.isPaused())
            ? 'Dispatch is paused: background work waits; people can still scan. hufu outbox resume'
            : 'Dispatch is on.',
        )
        print(
          table([
            ['lane', 'state', 'jobs', 'oldest due since'],
            ...rows.map((row) => [row.lane, row.state, String(row.jobs), age(row.oldest)]),
          ]),
        )
        const pauses = await messages.pauses()
        if (pauses.length === 0) return
        print('\nThese accounts do not send now. hufu outbox resume APPID')
        print(
          table([
            ['account', 'way', 'reason', 'until'],
            ...pauses.map(({ appid, via, reason, until }) => [appid, via, reason, new Date(until).toISOString()]),
          ]),
        )
      })
    case 'pause':
      await withInstallation((app) => app.outbox.pause())
      return print('Dispatch is paused on every node: background work waits; people can still scan. hufu outbox resume')
    case 'resume':
      if (appid !== undefined) {
        await withInstallation((app) => app.messages.resumeSending(appid))
        return print(`${appid} sends again.`)
      }
      await withInstallation((app) => app.outbox.resume())
      return print('Dispatch goes on.')
    default:
      throw new UsageError(outboxUsage)
  }
}
