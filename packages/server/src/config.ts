import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { codeLimitFields } from './codes/settings.ts'
import { type CourierSettings, courierFields, courierSettings } from './courier/settings.ts'
import { type Limits, limitFields, limits } from './limits.ts'
import { refusedParameters } from './store/postgres-url.ts'
import { Secret } from './vault/secret.ts'

export interface Config extends CourierSettings {
  host: string
  port: number
  /** Absent: `http://localhost:<port>`. */
  publicUrl: string | undefined
  dataDir: string
  /** PostgreSQL; absent: SQLite in `dataDir`. It may hold a password. */
  databaseUrl: Secret | undefined
  databaseConnections: number
  keyFile: string
  secretKey: Secret | undefined
  trustedProxies: string[]
  logLevel: string
  production: boolean
  /** `auto` and `on` run simulator and demo site; they differ when a real account is configured. */
  playground: 'auto' | 'on' | 'off'
  simulatorPort: number
  simulatorUrl: string | undefined
  demoPort: number
  /** Of an account's daily calls of WeChat, what comparing its followers may use. */
  reconcilePercent: number
  breachedPasswordsFile: string | undefined
  limits: Limits
}

interface Field {
  name: string
  default: string
  description: string
}

/** Every setting there is. docs/configuration.md is made from this list. */
export const fields = [
  {
    name: 'HUFU_HOST',
    default: '127.0.0.1',
    description: 'Address to listen on. `0.0.0.0` behind a reverse proxy or in a container.',
  },
  { name: 'HUFU_PORT', default: '8080', description: 'Port to listen on; 0 takes a free one.' },
  {
    name: 'HUFU_PUBLIC_URL',
    default: '',
    description:
      'Origin under which browsers and WeChat reach Hufu, such as `https://hufu.example.com`. Default: `http://localhost:<port>`.',
  },
  { name: 'HUFU_DATA_DIR', default: './data', description: 'Folder of the SQLite database and of `demo.json`.' },
  {
    name: 'HUFU_DATABASE_URL',
    default: '',
    description:
      'PostgreSQL (15 or newer) for one or many nodes: `postgres://user:password@host:5432/hufu?sslmode=verify-full`. Default: SQLite in HUFU_DATA_DIR, for one server. Secret.',
  },
  {
    name: 'HUFU_DATABASE_CONNECTIONS',
    default: '10',
    description: 'Connections to PostgreSQL that this node may hold, 4 or more.',
  },
  {
    name: 'HUFU_SECRET_KEY',
    default: '',
    description: 'The installation’s key: 32 bytes as base64url. Give this or the file, not both. Secret.',
  },
  {
    name: 'HUFU_SECRET_KEY_FILE',
    default: './hufu.key',
    description: 'File that holds the key; made when the database is new. Keep it apart from the data and its backups.',
  },
  {
    name: 'HUFU_TRUSTED_PROXIES',
    default: '',
    description:
      'Addresses or CIDR ranges of your own reverse proxies, separated by commas; only they may set X-Forwarded-For.',
  },
  { name: 'HUFU_LOG_LEVEL', default: 'info', description: '`fatal`, `error`, `warn`, `info`, `debug` or `silent`.' },
  {
    name: 'HUFU_PLAYGROUND',
    default: 'auto',
    description:
      '`auto` runs simulator and demo site while no real account is configured and NODE_ENV is not `production`; `on`; `off`.',
  },
  { name: 'HUFU_SIMULATOR_PORT', default: '8090', description: 'Port of the simulated WeChat platform.' },
  {
    name: 'HUFU_SIMULATOR_URL',
    default: '',
    description: 'A simulator that already runs (`http://127.0.0.1:8090`), used instead of starting one.',
  },
  { name: 'HUFU_DEMO_PORT', default: '8100', description: 'Port of the demo site.' },
  {
    name: 'HUFU_RECONCILE_PERCENT',
    default: '10',
    description:
      'How much of an account’s daily calls of WeChat the nightly comparison of its followers may use, in percent. 0 never compares.',
  },
  ...courierFields,
  ...codeLimitFields,
  {
    name: 'HUFU_BREACHED_PASSWORDS_FILE',
    default: '',
    description: 'Passwords to refuse: SHA-1 hashes in hex, one a line, sorted, as haveibeenpwned.com gives them.',
  },
  ...limitFields,
] as const satisfies Field[]

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Reads the environment. Pure and total: every problem is told at once, in one message. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const problems: string[] = []
  function text(name: (typeof fields)[number]['name']): string {
    return env[name]?.trim() || (fields.find((field) => field.name === name)?.default ?? '')
  }
  function whole(name: (typeof fields)[number]['name'], least: number, most: number): number {
    const value = text(name)
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
      problems.push(`${name} is “${value}”; a whole number from ${least} to ${most} is expected.`)
    }
    return Number(value)
  }
  function origin(name: 'HUFU_PUBLIC_URL' | 'HUFU_SIMULATOR_URL'): string | undefined {
    const value = text(name)
    if (!value) return undefined
    if (!URL.canParse(value) || new URL(value).origin !== value.replace(/\/$/, '') || !/^https?:/.test(value)) {
      problems.push(`${name} is “${value}”; an origin such as https://hufu.example.com is expected, without path.`)
      return undefined
    }
    return new URL(value).origin
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith('HUFU_') && !fields.some((field) => field.name === name) && !externalNames.includes(name)) {
      problems.push(`${name} is not a setting of Hufu. See docs/configuration.md for the list.`)
    }
  }
  const production = env.NODE_ENV === 'production'
  const playground = text('HUFU_PLAYGROUND')
  if (!['auto', 'on', 'off'].includes(playground))
    problems.push(`HUFU_PLAYGROUND is “${playground}”; auto, on or off is expected.`)
  if (production && (playground === 'on' || text('HUFU_SIMULATOR_URL'))) {
    problems.push(
      'NODE_ENV=production does not go with a simulator. Unset HUFU_PLAYGROUND and HUFU_SIMULATOR_URL, or NODE_ENV.',
    )
  }
  if (env.HUFU_SECRET_KEY && env.HUFU_SECRET_KEY_FILE) {
    problems.push('HUFU_SECRET_KEY and HUFU_SECRET_KEY_FILE are both set. Keep one.')
  }
  const secret = text('HUFU_SECRET_KEY')
  if (secret && Buffer.from(secret, 'base64url').length !== 32) {
    problems.push(
      'HUFU_SECRET_KEY is not 32 bytes of base64url. `openssl rand -base64 32 | tr "+/" "-_" | tr -d "="` makes one.',
    )
  }
  const databaseUrl = text('HUFU_DATABASE_URL')
  if (databaseUrl && !(/^postgres(ql)?:\/\//.test(databaseUrl) && URL.canParse(databaseUrl))) {
    // It is not repeated here: it may hold a password.
    problems.push(
      'HUFU_DATABASE_URL is no address of a PostgreSQL database, such as postgres://hufu@db.example.com/hufu.',
    )
  }
  for (const name of refusedParameters(databaseUrl)) {
    problems.push(`HUFU_DATABASE_URL sets ${name}, which Hufu sets itself. Take it out of the address.`)
  }
  const logLevel = text('HUFU_LOG_LEVEL')
  if (!['fatal', 'error', 'warn', 'info', 'debug', 'silent'].includes(logLevel)) {
    problems.push(`HUFU_LOG_LEVEL is “${logLevel}”; fatal, error, warn, info, debug or silent is expected.`)
  }
  const trustedProxies = text('HUFU_TRUSTED_PROXIES')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
  for (const proxy of trustedProxies) {
    const [address = '', prefix = '0'] = proxy.split('/')
    if (isIP(address) === 0 || !/^\d{1,3}$/.test(prefix)) {
      problems.push(
        `HUFU_TRUSTED_PROXIES names “${proxy}”; addresses or CIDR ranges are expected, such as 10.0.0.2 or 10.0.0.0/8.`,
      )
    }
  }
  const port = whole('HUFU_PORT', 0, 65535)
  const dataDir = resolve(text('HUFU_DATA_DIR'))
  const keyFile = resolve(text('HUFU_SECRET_KEY_FILE'))
  if (keyFile.startsWith(join(dataDir, '/'))) {
    problems.push(
      'HUFU_SECRET_KEY_FILE lies inside HUFU_DATA_DIR. Keep the key apart from the data: a stolen backup must not hold both.',
    )
  }
  const config: Config = {
    host: text('HUFU_HOST'),
    port,
    publicUrl: origin('HUFU_PUBLIC_URL'),
    dataDir,
    databaseUrl: databaseUrl ? new Secret(databaseUrl) : undefined,
    databaseConnections: whole('HUFU_DATABASE_CONNECTIONS', 4, 1_000),
    keyFile,
    secretKey: secret ? new Secret(secret) : undefined,
    trustedProxies,
    logLevel,
    production,
    playground: playground === 'on' ? 'on' : playground === 'auto' && !production ? 'auto' : 'off',
    simulatorPort: whole('HUFU_SIMULATOR_PORT', 0, 65535),
    simulatorUrl: origin('HUFU_SIMULATOR_URL'),
    demoPort: whole('HUFU_DEMO_PORT', 0, 65535),
    reconcilePercent: whole('HUFU_RECONCILE_PERCENT', 0, 100),
    ...courierSettings(text, problems),
    breachedPasswordsFile: text('HUFU_BREACHED_PASSWORDS_FILE') || undefined,
    limits: limits(whole),
  }
  if (problems.length > 0)
    throw new ConfigError(`Hufu cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  return config
}

/** Names beginning with HUFU_ that belong to tests and tools, not to the server. */
const externalNames = ['HUFU_CHROMIUM']

/** The environment with `.env` beneath it: what is set already wins. */
export function readEnvironment(
  env: Record<string, string | undefined>,
  file: string,
): Record<string, string | undefined> {
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...env }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return env
    throw error
  }
}
