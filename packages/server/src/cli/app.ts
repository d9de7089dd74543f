import type { AppInput } from '../apps/apps.ts'
import { print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const usage = `hufu app add --name NAME --origin https://shop.example.com [options]

  --name               the website's name, as the phone shows it
  --origin             an origin whose pages show the QR code; may be repeated
  --return-url         an address to return to; may be repeated; matched letter by letter
  --link-url           where people arrive who begin in WeChat; ?link=ln_… is added
  --account            appid of the account it uses by default
  --registration       who registers people that are not known: site (default, the website), auto (Hufu, by their WeChat alone),
                       email, phone or email,phone (Hufu, by a verified e-mail address with a password, or a phone number)
  --login-assurance    instant, tap (default), number or code
  --bind-assurance     instant, tap, number or code (default)
  --verify-assurance   tap, number or code: for approvals of a purpose; without it: as for binds, and never less than tap
  --entry              qr (scan and follow), page (scan a page of Hufu; nobody has to follow) or chat (a code typed in the account's chat);
                       without it, or where the account cannot do it: what the account can do
  --scope              openid, unionid or conflicts, for websites that need them; replies, for one that writes its account's replies
                       and menu;
                       may be repeated
  --reply-within       seconds (1 to 4) for which a push waits for the website's reply to what its user wrote; 0: none does
  --notices            on (default) or off: people read in the chat that somebody came in by their WeChat, with a way to say that it was not them
  --profile            on or off (default): people may let the website see their WeChat nickname and avatar, by a button on the confirm page
  --mini-program       appid of a mini program that its notices may open; may be repeated
  --reauthenticate     seconds within which the website must have authenticated its user before a bind

  instant: the scan itself confirms. Whoever talks a person into scanning a foreign QR code is then logged in as that person,
  or has that person's WeChat linked to an account of his.

hufu app set ID      with any of these options; what is left out stays
hufu app key ID      makes one more API key; with --revoke-others the former ones end
hufu app list`

const options = {
  name: { type: 'string' },
  origin: { type: 'string', multiple: true },
  'return-url': { type: 'string', multiple: true },
  'link-url': { type: 'string' },
  account: { type: 'string' },
  registration: { type: 'string' },
  'login-assurance': { type: 'string' },
  'bind-assurance': { type: 'string' },
  'verify-assurance': { type: 'string' },
  entry: { type: 'string' },
  scope: { type: 'string', multiple: true },
  reauthenticate: { type: 'string' },
  'reply-within': { type: 'string' },
  notices: { type: 'string' },
  profile: { type: 'string' },
  'mini-program': { type: 'string', multiple: true },
  'revoke-others': { type: 'boolean' },
} as const

export async function appCommand([verb, ...args]: string[]): Promise<void> {
  const { values, positionals } = readOptions(args, options, usage)
  switch (verb) {
    case 'add':
      return add(values)
    case 'set':
      return set(positionals[0], values)
    case 'key':
      return key(positionals[0], values['revoke-others'] === true)
    case 'list':
      return list()
    default:
      throw new UsageError(usage)
  }
}

type Values = ReturnType<typeof readOptions<typeof options>>['values']

const assurances = ['instant', 'tap', 'number', 'code'] as const

/** What was given, checked; what was not is absent. */
function inputOf(values: Values): Partial<AppInput> {
  const { name, origin, account, registration, scope, reauthenticate, entry } = values
  if (reauthenticate && !/^[1-9]\d{0,6}$/.test(reauthenticate)) throw new UsageError('--reauthenticate takes seconds.')
  const replyWithin = values['reply-within']
  if (replyWithin && !/^[0-4]$/.test(replyWithin)) throw new UsageError('--reply-within takes 0 to 4 seconds.')
  return {
    ...(name && { name }),
    ...(origin && { allowedOrigins: origin }),
    ...(values['return-url'] && { returnUrls: values['return-url'] }),
    ...(values['link-url'] && { linkUrl: values['link-url'] }),
    ...(account && { appid: account }),
    ...(registration && { registration: registrationOf(registration) }),
    ...(values['login-assurance'] && {
      loginAssurance: oneOf('login-assurance', values['login-assurance'], assurances),
    }),
    ...(values['bind-assurance'] && { bindAssurance: oneOf('bind-assurance', values['bind-assurance'], assurances) }),
    ...(values['verify-assurance'] && {
      verifyAssurance: oneOf('verify-assurance', values['verify-assurance'], ['tap', 'number', 'code']),
    }),
    ...(entry && { entry: oneOf('entry', entry, ['qr', 'page', 'chat']) }),
    ...(scope && { scopes: scope.map((one) => oneOf('scope', one, ['openid', 'unionid', 'replies', 'conflicts'])) }),
    ...(reauthenticate && { reauthenticateWithin: Number(reauthenticate) }),
    ...(replyWithin && { replyWithin: Number(replyWithin) }),
    ...(values.notices && { signInNotices: oneOf('notices', values.notices, ['on', 'off']) === 'on' }),
    ...(values['mini-program'] && { miniPrograms: values['mini-program'] }),
    ...(values.profile && { asksProfile: oneOf('profile', values.profile, ['on', 'off']) === 'on' }),
  }
}

function registrationOf(value: string): NonNullable<AppInput['registration']> {
  if (value === 'site' || value === 'auto') return value
  const methods = ['email', 'phone'] as const
  const known = value.split(',').flatMap((one) => methods.find((method) => method === one) ?? [])
  if (known.length === 0 || known.length !== new Set(value.split(',')).size) {
    throw new UsageError(`--registration is “${value}”; site, auto, email, phone or email,phone is expected.`)
  }
  return known
}

async function add(values: Values): Promise<void> {
  const { name, allowedOrigins, ...rest } = inputOf(values)
  if (!name || !allowedOrigins) throw new UsageError(usage)
  await withInstallation(
    async ({ apps, accounts }) => {
      if (rest.appid) accounts.get(rest.appid)
      const { app, apiKey } = await apps.add({ name, allowedOrigins, ...rest })
      print(`App ${app.id} is added. ${shownOnce(apiKey)}`)
    },
    { create: true },
  )
}

async function set(id: string | undefined, values: Values): Promise<void> {
  const change = inputOf(values)
  if (!id || Object.keys(change).length === 0) throw new UsageError(usage)
  await withInstallation(async ({ apps, accounts }) => {
    if (change.appid) accounts.get(change.appid)
    await apps.change(id, change)
    print(`App ${id} is changed. A running server sees it within five seconds.`)
  })
}

async function key(id: string | undefined, revokeOthers: boolean): Promise<void> {
  if (!id) throw new UsageError(usage)
  await withInstallation(async ({ apps }) => {
    print(
      `App ${id} has a new key${revokeOthers ? ' and no other' : ''}. ${shownOnce(await apps.addApiKey(id, { revokeOthers }))}`,
    )
  })
}

function shownOnce(apiKey: string): string {
  return `Its API key, shown this once, belongs on the website's server only:\n\n  ${apiKey}\n`
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
        [app.registration].flat().join(','),
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
