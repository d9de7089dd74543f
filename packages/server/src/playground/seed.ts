import { randomBytes } from 'node:crypto'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { readDemoFile } from './demo-file.ts'

/** A simulated account as both halves know it. */
export interface SeededAccount {
  account: Account
  token: string
  encodingAesKey: string
}

async function call<T>(simulatorUrl: string, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${simulatorUrl}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`The simulator refused ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

const name = '示例服务号'
/** Fixed ids give them the same openids after every restart. */
const people = [
  { id: 'xiaoming', name: '小明' },
  { id: 'xiaohong', name: '小红' },
  { id: 'ada', name: 'Ada' },
]

/** Where the demo site is: the chat leads into it, too. */
export const demoWelcome = '欢迎关注示例服务号！\n\n<a href="{link}">进入示例商店</a>'

/** One simulated service account in safe mode. Its credentials survive a restart; both halves are told them again. */
export async function seedAccount(deps: {
  accounts: Accounts
  simulatorUrl: string
  baseUrl: string
  dataDir: string
  welcome?: string
}): Promise<SeededAccount> {
  const { accounts, simulatorUrl } = deps
  const former = readDemoFile(deps.dataDir)?.account
  const known = former && accounts.find(former.appid)
  const secrets = {
    secret: randomBytes(16).toString('hex'),
    token: former?.token ?? randomBytes(12).toString('hex'),
    encoding_aes_key: former?.encoding_aes_key ?? randomBytes(32).toString('base64').replace(/[+/]/g, 'x').slice(0, 43),
  }
  const platform = await call<{ appid: string; original_id: string }>(simulatorUrl, 'POST', '/_sim/accounts', {
    kind: 'service',
    verified: true,
    mode: 'safe',
    name,
    ...secrets,
    ...(former && { appid: former.appid, original_id: former.original_id }),
  })
  const shared = {
    secret: secrets.secret,
    token: secrets.token,
    encodingAesKey: secrets.encoding_aes_key,
    mode: 'safe',
  } as const
  const account = known
    ? await accounts.change(known.appid, shared)
    : await accounts.add({
        ...shared,
        appid: platform.appid,
        originalId: platform.original_id,
        name,
        kind: 'service',
        verified: true,
        simulated: true,
        ...(deps.welcome && { welcome: deps.welcome }),
      })
  await call(simulatorUrl, 'PATCH', `/_sim/accounts/${account.appid}`, {
    callback_url: `${deps.baseUrl}/wechat/${account.callbackKey}`,
    verify: true,
  })
  const present = await call<{ id: string }[]>(simulatorUrl, 'GET', '/_sim/people')
  for (const person of people) {
    if (!present.some(({ id }) => id === person.id)) await call(simulatorUrl, 'POST', '/_sim/people', person)
  }
  return { account, token: secrets.token, encodingAesKey: secrets.encoding_aes_key }
}

/** The demo site as an app. The key it got last time is used again while it is good. */
export async function seedApp(deps: {
  apps: Apps
  demoUrl: string
  dataDir: string
  appid: string
}): Promise<{ app: App; apiKey: string }> {
  const { apps } = deps
  const input = {
    name: '示例商店',
    allowedOrigins: [deps.demoUrl],
    returnUrls: ['/', '/wechat/back', '/wechat/linked'].map((path) => deps.demoUrl + path),
    linkUrl: `${deps.demoUrl}/wechat/begin`,
    // What needs more than a tap, the site says itself.
    verifyAssurance: 'tap' as const,
    appid: deps.appid,
  }
  const former = readDemoFile(deps.dataDir)?.api_key
  const known = former && apps.byApiKey(former)
  if (!known) return apps.add(input)
  return { app: await apps.change(known.id, input), apiKey: former }
}
