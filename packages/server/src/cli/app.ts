import type { AppInput } from '../apps/apps.ts'
import { print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const usage = `hufu app add --name NAME --origin https://shop.example.com [options]

  --name               the website's name, as the phone shows it
  --origin             an origin whose pages show the QR code; may be repeated
  --return-url         an address to return to; may be repeated; matched letter by letter
  --account            appid of the account it uses by default
  --registration       site (default: the website registers people it does not know) or auto (Hufu's own users)
  --login-assurance    instant, tap (default), number or code
  --bind-assurance     tap, number or code (default)
  --scope              openid or unionid, for websites that need them; may be repeated
  --reauthenticate     seconds within which the website must have authenticated its user before a bind

  instant: whoever scans is logged in at once. Anyone who talks a person into scanning a foreign QR code then has their account.

hufu app list`

const options = {
  name: { type: 'string' },
  origin: { type: 'string', multiple: true },
  'return-url': { type: 'string', multiple: true },
  account: { type: 'string' },
  registration: { type: 'string' },
  'login-assurance': { type: 'string' },
  'bind-assurance': { type: 'string' },
  scope: { type: 'string', multiple: true },
  reauthenticate: { type: 'string' },
} as const

export async function appCommand([verb, ...args]: string[]): Promise<void> {
  const { values } = readOptions(args, options, usage)
  if (verb === 'list') return list()
  if (verb !== 'add' || !values.name || !values.origin) throw new UsageError(usage)
  const input: AppInput = {
    name: values.name,
    allowedOrigins: values.origin,
    returnUrls: values['return-url'] ?? [],
    registration: oneOf('registration', values.registration ?? 'site', ['site', 'auto']),
    loginAssurance: oneOf('login-assurance', values['login-assurance'] ?? 'tap', ['instant', 'tap', 'number', 'code']),
    bindAssurance: oneOf('bind-assurance', values['bind-assurance'] ?? 'code', ['instant', 'tap', 'number', 'code']),
    scopes: (values.scope ?? []).map((scope) => oneOf('scope', scope, ['openid', 'unionid'])),
    ...(values.account && { appid: values.account }),
    ...(values.reauthenticate && { reauthenticateWithin: Number(values.reauthenticate) }),
  }
  await withInstallation(async ({ apps, accounts }) => {
    if (input.appid) accounts.get(input.appid)
    const { app, apiKey } = await apps.add(input)
    print(
      `App ${app.id} is added. Its API key, shown this once, belongs on the website's server only:\n\n  ${apiKey}\n`,
    )
  })
}

function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value)
  if (!found) throw new UsageError(`--${option} is “${value}”; one of ${choices.join(', ')} is expected.`)
  return found
}

async function list(): Promise<void> {
  await withInstallation(async ({ apps }) => {
    const rows = apps
      .list()
      .map((app) => [
        app.id,
        app.name,
        app.registration,
        app.assurance.login,
        app.assurance.bind,
        app.allowedOrigins.join(' '),
      ])
    print(
      rows.length === 0
        ? 'No app yet. hufu app add --help'
        : table([['ID', 'NAME', 'REGISTRATION', 'LOGIN', 'BIND', 'ORIGINS'], ...rows]),
    )
  })
}
