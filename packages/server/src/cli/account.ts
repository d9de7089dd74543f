import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Accounts } from '../accounts/accounts.ts'
import { validateAccount } from '../accounts/input.ts'
import { DomainError } from '../errors.ts'
import { checkAccount } from './check.ts'
import { reconcile } from './reconcile.ts'
import { print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const usage = `hufu account add --appid wx… --original-id gh_… --name NAME --kind service|subscription|test [options]

  --appid          the account's appid
  --original-id    原始ID, gh_…
  --name           as followers see it
  --kind           service (服务号), subscription (订阅号) or test (测试号)
  --unverified     the account has not passed WeChat's verification (微信认证)
  --mode           safe (default), compatible or plaintext; test accounts are plaintext
  --secret-file    file that holds the AppSecret; without it the command asks (or reads standard input)
  --token          callback token you use already; made for you otherwise
  --aes-key        EncodingAESKey you use already; made for you otherwise
  --welcome        text for new followers
  --follow-qr      what the account's own QR code says (http://weixin.qq.com/r/…), for accounts that may not make codes with a parameter
  --js-domain      host whose pages may use the JS-SDK (JS接口安全域名), subdomains included; may be repeated
  --locale         zh-CN (default) or en: what the chat speaks where no login or link says it
  --on-unfollow    keep_index (default: a returning person is recognised) or erase
  --open-platform  your name for the open platform (微信开放平台) the account is bound to; accounts of one share their people
  --allow-plaintext  let a real account authenticate people although its pushes can be forged

hufu account set APPID     with any of --name --mode --secret-file --token --aes-key --welcome --follow-qr --js-domain --locale
                           --open-platform (none: it belongs to none any more); what is left out stays
hufu account verify-file APPID MP_verify_….txt   serves the file of WeChat's console at the root of this server
hufu account list
hufu account check [APPID]
hufu account reconcile APPID   compare its followers with WeChat now; a server must be running`

const options = {
  appid: { type: 'string' },
  'original-id': { type: 'string' },
  name: { type: 'string' },
  kind: { type: 'string' },
  unverified: { type: 'boolean' },
  mode: { type: 'string' },
  'secret-file': { type: 'string' },
  token: { type: 'string' },
  'aes-key': { type: 'string' },
  welcome: { type: 'string' },
  'follow-qr': { type: 'string' },
  'js-domain': { type: 'string', multiple: true },
  'on-unfollow': { type: 'string' },
  'allow-plaintext': { type: 'boolean' },
  'open-platform': { type: 'string' },
  locale: { type: 'string' },
} as const

export async function accountCommand([verb, ...args]: string[]): Promise<void> {
  const { values, positionals } = readOptions(args, options, usage)
  switch (verb) {
    case 'add':
      return add(values)
    case 'set':
      return set(positionals[0], values)
    case 'list':
      return list()
    case 'check':
      return check(positionals[0])
    case 'verify-file':
      return verifyFile(positionals[0], positionals[1])
    case 'reconcile':
      return reconcile(positionals[0], usage)
    default:
      throw new UsageError(usage)
  }
}

type Change = Parameters<Accounts['change']>[1]
type Given = Omit<Change, 'openPlatform' | 'welcome'> & { openPlatform?: string; welcome?: string }
type Values = { [name in keyof typeof options]?: string | string[] | boolean | undefined }

const unchangeable = ['appid', 'original-id', 'kind', 'unverified', 'on-unfollow', 'allow-plaintext'] as const
const modes = ['safe', 'compatible', 'plaintext'] as const

async function set(appid: string | undefined, values: Values): Promise<void> {
  const text = (name: keyof typeof options) => (typeof values[name] === 'string' ? values[name] : undefined)
  const wanted = modes.find((choice) => choice === text('mode'))
  if (!appid || (text('mode') && !wanted)) throw new UsageError(usage)
  const fixed = unchangeable.find((name) => values[name] !== undefined)
  if (fixed) throw new UsageError(`--${fixed} is said once, when the account is added.\n\n${usage}`)
  const file = text('secret-file')
  const change = {
    name: text('name'),
    mode: wanted,
    secret: file && (await readSecret(file)),
    token: text('token'),
    encodingAesKey: text('aes-key'),
    welcome: text('welcome'),
    followQr: text('follow-qr'),
    jsDomains: domainsOf(values),
    openPlatform: text('open-platform'),
    locale: localeOf(values),
  }
  const given: Given = Object.fromEntries(Object.entries(change).filter(([, value]) => value))
  if (Object.keys(given).length === 0) throw new UsageError(usage)
  await withInstallation(async (app, publicUrl) => {
    const former = app.accounts.get(appid)
    const needsKey = former.mode === 'plaintext' && given.mode && given.mode !== 'plaintext' && !given.encodingAesKey
    if (needsKey) given.encodingAesKey = newAesKey()
    // What stays was looked at when it came, and is not shown again: something of its shape stands for it.
    const kept = { secret: 'x'.repeat(32), encodingAesKey: 'x'.repeat(43), token: app.accounts.revealToken(appid) }
    const { originalId, name, kind, verified, simulated, mode } = former
    validateAccount({ appid, originalId, name, kind, verified, simulated, mode, ...kept, ...given })
    const { openPlatform, ...rest } = given
    const account = await app.accounts.change(appid, {
      ...rest,
      ...(openPlatform && { openPlatform: openPlatform === 'none' ? null : openPlatform }),
    })
    print(
      `Account ${appid} is changed: ${Object.keys(given).join(', ')}. A running server sees it within five seconds.`,
    )
    if (needsKey) print(`For WeChat's console: EncodingAESKey ${given.encodingAesKey}`)
    await checkAccount(app, account, publicUrl)
  })
}

async function add(values: Values): Promise<void> {
  const text = (name: keyof typeof options) => (typeof values[name] === 'string' ? values[name] : undefined)
  const { kind, appid, originalId, name } = {
    kind: text('kind'),
    appid: text('appid'),
    originalId: text('original-id'),
    name: text('name'),
  }
  if (!appid || !originalId || !name || (kind !== 'service' && kind !== 'subscription' && kind !== 'test'))
    throw new UsageError(usage)
  const mode = text('mode') ?? (kind === 'test' ? 'plaintext' : 'safe')
  if (mode !== 'safe' && mode !== 'compatible' && mode !== 'plaintext') throw new UsageError(usage)
  const secret = await readSecret(text('secret-file'))
  const token = text('token') ?? randomBytes(16).toString('hex')
  const encodingAesKey = mode === 'plaintext' ? undefined : (text('aes-key') ?? newAesKey())
  const welcome = text('welcome')
  const followQr = text('follow-qr')
  const jsDomains = domainsOf(values)
  const openPlatform = text('open-platform')
  const locale = localeOf(values)
  const onUnfollow = text('on-unfollow') ?? 'keep_index'
  if (onUnfollow !== 'keep_index' && onUnfollow !== 'erase') throw new UsageError(usage)
  await withInstallation(
    async (app, publicUrl) => {
      const account = await app.accounts.add({
        appid,
        originalId,
        name,
        kind,
        mode,
        secret,
        token,
        verified: kind === 'test' || values.unverified !== true,
        onUnfollow,
        allowPlaintext: values['allow-plaintext'] === true,
        ...(encodingAesKey && { encodingAesKey }),
        ...(welcome && { welcome }),
        ...(followQr && { followQr }),
        ...(jsDomains && { jsDomains }),
        ...(openPlatform && { openPlatform }),
        ...(locale && { locale }),
      })
      print(`Account ${appid} is added. Now, in WeChat's console (微信开发者平台 → 消息与事件推送):

  URL              ${publicUrl}/wechat/${account.callbackKey}
  Token            ${token}${encodingAesKey ? `\n  EncodingAESKey   ${encodingAesKey}` : ''}
  消息加解密方式    ${{ safe: '安全模式', compatible: '兼容模式', plaintext: '明文模式' }[mode]}

and: API IP 白名单 = this server's address · 网页授权域名 = ${new URL(publicUrl).host}
Then: hufu account check ${appid}
`)
      await checkAccount(app, account, publicUrl)
    },
    { create: true },
  )
}

function domainsOf(values: Values): string[] | undefined {
  const given = values['js-domain']
  return Array.isArray(given) ? given : undefined
}

function localeOf({ locale }: Values): 'zh-CN' | 'en' | undefined {
  if (locale === undefined || locale === 'zh-CN' || locale === 'en') return locale
  throw new UsageError(usage)
}

async function verifyFile(appid: string | undefined, file: string | undefined): Promise<void> {
  if (!appid || !file) throw new UsageError(usage)
  const content = readFileSync(file, 'utf8')
  await withInstallation(async ({ accounts }, publicUrl) => {
    await accounts.addVerifyFile(appid, basename(file), content)
    print(`${publicUrl}/${basename(file)} is served from now on.`)
  })
}

function newAesKey(): string {
  return randomBytes(48)
    .toString('base64')
    .replace(/[^0-9A-Za-z]/g, '')
    .padEnd(43, 'A')
    .slice(0, 43)
}

/** The secret never stands on the command line, where every process could read it. */
async function readSecret(file: string | undefined): Promise<string> {
  if (file) return readFileSync(file, 'utf8').trim()
  const input = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  if (process.stdin.isTTY) process.stderr.write('AppSecret: ')
  for await (const line of input) {
    input.close()
    return line.trim()
  }
  throw new UsageError('The AppSecret is missing: give --secret-file, or type it when asked.')
}

async function list(): Promise<void> {
  await withInstallation(async (app, publicUrl) => {
    const rows = app.accounts
      .list()
      .map((account) => [
        account.appid,
        account.name,
        account.simulated ? 'simulated' : account.kind,
        account.mode,
        account.capabilities.parametricQr ? 'scan' : 'chat code',
        `${publicUrl}/wechat/${account.callbackKey}`,
      ])
    print(
      rows.length === 0
        ? 'No account yet. hufu account add --help'
        : table([['APPID', 'NAME', 'KIND', 'MODE', 'CAN', 'CALLBACK URL'], ...rows]),
    )
  })
}

async function check(appid: string | undefined): Promise<void> {
  await withInstallation(async (app, publicUrl) => {
    const all = app.accounts.list()
    const real = all.filter((account) => !account.simulated)
    // What a playground left behind is not what a real installation is judged by.
    const accounts = appid ? [app.accounts.get(appid)] : real.length > 0 ? real : all
    if (accounts.length === 0) throw new DomainError('not_found', 'No account yet. hufu account add --help')
    const results: boolean[] = []
    for (const account of accounts) {
      print(`${account.appid} ${account.name}`)
      results.push(await checkAccount(app, account, publicUrl))
    }
    if (results.includes(false)) process.exitCode = 1
  })
}
