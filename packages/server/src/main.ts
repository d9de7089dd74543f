import { createApp } from './app.ts'
import { type Config, ConfigError, loadConfig, readEnvironment } from './config.ts'
import { hasRealAccount } from './playground/installation.ts'
import { stopOnSignals } from './stopping.ts'
import { StoreUnavailable } from './store/errors.ts'
import { AlreadyServed } from './store/lock.ts'
import { KeyProblem } from './vault/keyfile.ts'

/** sysexits.h: the configuration cannot work; starting again will not help. */
const exConfig = 78

/** What we write is nobody else's to read. */
process.umask(0o077)

async function configuration(): Promise<Config> {
  const config = loadConfig(readEnvironment(process.env, '.env'))
  const real = await hasRealAccount(config)
  if (real && config.simulatorUrl) {
    throw new ConfigError(
      'Hufu cannot start:\n  - A real account is configured, and HUFU_SIMULATOR_URL is set. They never run together: unset it.',
    )
  }
  if (real && config.playground === 'on') {
    throw new ConfigError(
      'Hufu cannot start:\n  - A real account is configured, and HUFU_PLAYGROUND is on. They never run together: unset it, or use another HUFU_DATA_DIR.',
    )
  }
  return { ...config, playground: real ? 'off' : config.playground }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function start(config: Config): Promise<{ close(): Promise<void> }> {
  if (config.playground === 'off') {
    const app = await createApp(config)
    print(`Hufu is ready at ${await app.listen()}`)
    return app
  }
  const { startWorld } = await import('./playground/world.ts').catch((error) => {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ConfigError(
      'Hufu cannot start:\n  - No account is configured, and the playground is not part of this package. `hufu account add --help`, or set HUFU_PLAYGROUND=off.',
    )
  })
  const world = await startWorld({ ...config, logLevel: config.logLevel === 'info' ? 'warn' : config.logLevel })
  print(`
  Hufu 虎符 is ready.

    Playground   ${world.demo.base_url}/          the demo site beside a phone: scan, follow, log in
    Demo site    ${world.demo.demo_url}/
    Phone        ${world.demo.simulator_url}/     a simulated WeChat; no account is needed
    API          ${world.demo.base_url}/docs

  Keys for scripts are in ${config.dataDir}/demo.json. A real account: npx hufu account add --help
`)
  return world
}

try {
  stopOnSignals(await start(await configuration()), process)
} catch (error) {
  const said =
    error instanceof ConfigError ||
    error instanceof KeyProblem ||
    error instanceof AlreadyServed ||
    error instanceof StoreUnavailable
  process.stderr.write(`${said ? error.message : explain(error)}\n`)
  process.exit(error instanceof ConfigError ? exConfig : 1)
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${error.port} is taken by another program. Stop that one, or set HUFU_PORT (and HUFU_SIMULATOR_PORT, HUFU_DEMO_PORT).`
  }
  return error.stack ?? error.message
}
