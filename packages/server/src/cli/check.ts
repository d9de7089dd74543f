import { randomBytes } from 'node:crypto'
import { NetworkError, signCallback, WechatError } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { newScene } from '../ids.ts'
import { print } from './usage.ts'

/** What to do about the refusals people meet most; every other code is told with WeChat's own words. */
const advice: Record<number, string> = {
  40001: 'The AppSecret is wrong, or was reset: hufu account set APPID --secret-file FILE.',
  40013: 'WeChat does not know this appid.',
  40125: 'The AppSecret is wrong: hufu account set APPID --secret-file FILE.',
  40164: 'Put this server’s address on the account’s API IP 白名单 (the message names it).',
  40243: 'The AppSecret is frozen: unfreeze it in WeChat’s console.',
  48001: 'The account may not do this: parametric QR codes need a verified service account or a test account.',
  50007: 'The account is frozen by WeChat.',
  61004: 'Put this server’s address on the account’s API IP 白名单.',
  89503: 'The account’s administrator must confirm this server’s address in WeChat, then try again.',
}

/** Asks the platform, and says what to do. @returns whether everything is well */
export async function checkAccount(app: App, account: Account, publicUrl: string): Promise<boolean> {
  const steps: [name: string, run: () => Promise<string>][] = [
    ['credentials', async () => `token for ${(await account.client.stableToken()).expiresIn} s`],
    ['clock', async () => describeOffset(account)],
    ['capabilities', async () => describeCapabilities(account)],
    account.capabilities.parametricQr
      ? ['parametric QR', () => makeQrcode(account)]
      : ['chat code', async () => `beside the account’s own QR code: ${account.followQr}`],
    ['pushes', async () => `come from ${(await account.client.callbackIps()).length} addresses`],
    ['callback', () => callBack(app, account, publicUrl)],
  ]
  let well = true
  for (const [name, run] of steps) {
    try {
      print(`  ✓ ${name.padEnd(14)} ${await run()}`)
    } catch (error) {
      well = false
      print(`  ✗ ${name.padEnd(14)} ${describe(error)}`)
    }
  }
  return well
}

async function makeQrcode(account: Account): Promise<string> {
  const qrcode = await account.client.qrcodeCreate({ kind: 'QR_STR_SCENE', scene: newScene(), expireSeconds: 60 })
  return qrcode.url
}

function describeOffset(account: Account): string {
  if (!account.platformClock.known()) throw new Error('WeChat has not answered, so its clock is not known.')
  const seconds = Math.round(account.platformClock.offset() / 1000)
  if (Math.abs(seconds) > 30)
    throw new Error(`This machine’s clock is ${-seconds} s off WeChat’s: pushes are corrected for it, but set up NTP.`)
  return seconds === 0 ? 'agrees with WeChat' : `${-seconds} s off WeChat’s`
}

function describeCapabilities(account: Account): string {
  if (!account.mayAuthenticate)
    throw new Error('Plaintext mode cannot authenticate anyone. Switch the account to safe mode (安全模式).')
  const entry = account.capabilities.parametricQr ? 'people scan' : 'people follow and type a code in the chat'
  return `${account.kind}, ${account.mode} mode: ${entry}`
}

/** Calls our own public address as WeChat's GET check does. */
async function callBack(app: App, account: Account, publicUrl: string): Promise<string> {
  const url = `${publicUrl}/wechat/${account.callbackKey}`
  const echostr = randomBytes(8).readBigUInt64BE().toString()
  const timestamp = String(Math.floor((app.clock.now() + account.platformClock.offset()) / 1000))
  const nonce = randomBytes(5).toString('hex')
  const signature = signCallback([app.accounts.revealToken(account.appid), timestamp, nonce])
  const query = new URLSearchParams({ signature, timestamp, nonce, echostr })
  let answer: Response
  try {
    answer = await fetch(`${url}?${query}`, { redirect: 'error', signal: AbortSignal.timeout(5_000) })
  } catch {
    throw new Error(`${publicUrl} cannot be reached from here. Is the server running, and HUFU_PUBLIC_URL right?`)
  }
  if (answer.status === 404) throw new Error(unknownThere(account, publicUrl))
  if (answer.status !== 200 || (await answer.text()) !== echostr) {
    throw new Error(
      `${publicUrl} answered ${answer.status}: something else is listening there, or it runs on other data.`,
    )
  }
  return url
}

function unknownThere({ simulated }: Account, publicUrl: string): string {
  const never = 'Real and simulated accounts never share a process'
  return simulated
    ? `${publicUrl} does not know this account (404). ${never}: a simulated one is served by a playground only.`
    : `${publicUrl} does not know this account (404). A running server reads accounts every 5 s: check again then. ${never}: a playground must be restarted. If neither helps, the server there runs on other data.`
}

function describe(error: unknown): string {
  if (error instanceof WechatError) return `errcode ${error.errcode}: ${advice[error.errcode] ?? error.errmsg}`
  if (error instanceof NetworkError) return `WeChat cannot be reached (${error.kind}). Is outgoing HTTPS allowed?`
  return error instanceof Error ? error.message : String(error)
}
