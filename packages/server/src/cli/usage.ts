import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { pino } from 'pino'
import { type App, createApp } from '../app.ts'
import { loadConfig, readEnvironment } from '../config.ts'
import { readDemoFile } from '../playground/demo-file.ts'

/** The command was not understood; the message says how it is written. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** `--help`: the usage is the answer, not a complaint. */
export class HelpWanted extends UsageError {}

/** Options of one command. `--help` and every mistake print `usage`. */
export function readOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  usage: string,
) {
  if (args.includes('--help')) throw new HelpWanted(usage)
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

/** A command that only looks or changes was given where nothing is. */
export class NoInstallation extends Error {
  override name = 'NoInstallation'
}

/** Opens the installation beside a running server, does `work`, closes. Only `create` may begin a new one: a typing mistake must not. */
export async function withInstallation<T>(
  work: (app: App, publicUrl: string) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const config = loadConfig(readEnvironment(process.env, '.env'))
  const database = join(config.dataDir, 'hufu.sqlite')
  if (!create && !config.databaseUrl && !existsSync(database)) {
    throw new NoInstallation(
      `There is no Hufu here: ${database} does not exist.
Go to the folder that the server is started in, or set HUFU_DATA_DIR (in the environment, or in ${join(process.cwd(), '.env')}).
A new one begins with: hufu start, hufu account add, hufu app add`,
    )
  }
  const simulatorUrl = config.simulatorUrl ?? readDemoFile(config.dataDir)?.simulator_url
  const log = pino({ level: 'silent' })
  const app = await createApp({ ...config, simulatorUrl }, { log, accounts: 'all', beside: true })
  try {
    return await work(app, config.publicUrl ?? `http://localhost:${config.port}`)
  } finally {
    await app.close()
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Rows as aligned columns. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
