/**
 * T38 of the threat model as a figure: whether somebody who asks for a code can tell by the clock that an address is known here. Known and unknown
 * addresses take turns; the medians and their difference are for reading beside the 20 ms that T38 allows.
 *
 *     node --conditions=hufu-source bench/timing.ts --requests 500 --engine sqlite
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSimulator } from '@hufu/simulator'
import { createApp } from '../packages/server/src/app.ts'
import { loadConfig } from '../packages/server/src/config.ts'
import { seedAccount } from '../packages/server/src/playground/seed.ts'
import { Secret } from '../packages/server/src/vault/secret.ts'
import { startCluster } from '../tools/postgres.ts'
import { formatTable, median } from './table.ts'

/** Of one request: its milliseconds, and what must be the same for both sides: status, and the members of the body or its length. */
interface Answered {
  ms: number
  shape: string
}
type Ask = (address: string) => Promise<Answered>

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '500' }, engine: { type: 'string', default: 'sqlite' } },
})
const requests = Number(values.requests)
const folder = mkdtempSync(join(tmpdir(), 'hufu-timing-'))
await using stack = new AsyncDisposableStack()
stack.defer(() => rmSync(folder, { recursive: true }))

const simulator = stack.adopt(await startSimulator({ port: 0 }), (started) => started.close())
const databaseUrl = values.engine === 'postgres' ? await onPostgres() : undefined
const dataDir = join(folder, 'data')
const plain = loadConfig({ HUFU_PORT: '0', HUFU_DATA_DIR: dataDir, HUFU_SECRET_KEY_FILE: join(folder, 'key') })
const unlimited = {
  ...plain.limits,
  flowsPerAddress: 1e9,
  flowsPerApp: 1e9,
  codesPerAddress: 1e9,
  codesPerApp: 1e9,
  wechatCodesPerApp: 1e9,
}
// The jobs run beside it, as they do: only who is known gets a message, and whoever sends it must not be heard in the answers.
const app = await createApp({
  ...plain,
  limits: unlimited,
  simulatorUrl: simulator.url,
  databaseUrl,
  logLevel: 'silent',
})
stack.defer(() => app.close())
const base = await app.listen()
const { account } = await seedAccount({
  accounts: app.accounts,
  simulatorUrl: simulator.url,
  baseUrl: base,
  dataDir,
})
const { apiKey, app: site } = await app.apps.add({
  name: 'Bench',
  allowedOrigins: [base],
  appid: account.appid,
  loginAssurance: 'instant',
  registration: ['email'],
})

async function onPostgres(): Promise<Secret> {
  const cluster = stack.adopt(await startCluster({ fsync: true }), (started) => started.stop())
  return new Secret(await cluster.create('timing'))
}

/** Somebody who registered by this address. */
async function knowAddress(address: string): Promise<void> {
  const { users, store } = app
  const wechat = {
    kind: 'wechat',
    namespace: account.appid,
    index: users.wechatIndex(account.appid, address),
    sealed: null,
  } as const
  await store.write((tx) => users.register(tx, users.credentialKey('email', address), wechat, undefined))
}

/** Somebody whom the site knows by this name, and who follows: their code is made into a message and sent, while the next is asked for. */
async function knowFollower(name: string): Promise<void> {
  const { users, store, vault } = app
  const { appid } = account
  const { id, openids } = await control('/people', { name: 'somebody' })
  await control(`/people/${id}/follow`, { account: appid })
  const openid = openids[appid] ?? ''
  const index = users.wechatIndex(appid, openid)
  const sealed = vault.seal(users.openidPlace(appid, index), openid)
  const wechat = { kind: 'wechat', namespace: appid, index, sealed } as const
  await store.write((tx) => users.join(tx, site.id, users.externalKey(site.id, name), wechat))
}

async function control(
  path: string,
  body: object,
): Promise<{ id: string; openids: Record<string, string>; template_id: string }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${simulator.url}/_sim${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await answer.json()) as { id: string; openids: Record<string, string>; template_id: string }
}

async function askForCode(): Promise<Ask> {
  const of = { title: '验证码', content: '验证码：{{character_string1.DATA}}' }
  const { template_id } = await control(`/accounts/${account.appid}/templates`, of)
  await app.templates.sync(account.appid)
  await app.templates.setCode(account.appid, template_id, { character_string1: '{code}' })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` }
  return (name) => timed(`${base}/v1/codes`, { headers, body: JSON.stringify({ user: name, purpose: '更换手机号' }) })
}

async function timed(url: string, init: RequestInit): Promise<Answered> {
  const began = performance.now()
  const response = await fetch(url, { method: 'POST', ...init })
  const text = await response.text()
  const ms = performance.now() - began
  const shown = text.startsWith('{') ? Object.keys(JSON.parse(text)).join(' ') : `${text.length} characters`
  return { ms, shape: `${response.status} ${shown}` }
}

async function askForReset(): Promise<Ask> {
  const page = await fetch(`${base}/reset`)
  const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const token = /name="form_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  return (address) =>
    timed(`${base}/reset`, {
      headers: { cookie, origin: base },
      body: new URLSearchParams({ form_token: token, email: address }),
    })
}

/** A flow for each, by a person of its own: one person may ask for a few codes a day. */
async function askToRegister(): Promise<Ask> {
  return async (address) => {
    const json = { 'content-type': 'application/json' }
    const headers = { ...json, authorization: `Bearer ${apiKey}` }
    const made = await fetch(`${base}/v1/flows`, { method: 'POST', headers, body: '{"kind":"login"}' })
    const flow = (await made.json()) as { id: string; secret: string; qr: { content: string } }
    const { id } = await control('/people', { name: 'somebody' })
    await control(`/people/${id}/follow`, { account: account.appid })
    await control(`/people/${id}/scan`, { content: flow.qr.content })
    return timed(`${base}/v1/flows/${flow.id}/registration`, {
      headers: { ...json, authorization: `Bearer ${flow.secret}` },
      body: JSON.stringify({ email: address, password: 'correct horse battery' }),
    })
  }
}

async function measure(name: string, ask: Ask, know = knowAddress): Promise<string[]> {
  const slug = name.replace(/\W/g, '').toLowerCase()
  const addresses = Array.from({ length: requests }, (_, n) => {
    const number = String(n).padStart(6, '0')
    return [`known-${number}@${slug}.example`, `other-${number}@${slug}.example`] as const
  })
  for (const [known] of addresses) await know(known)
  const times: [number[], number[]] = [[], []]
  const shapes: [Set<string>, Set<string>] = [new Set(), new Set()]
  for (const [n, pair] of addresses.entries()) {
    // Neither side is always the second, which finds everything warm.
    for (const side of n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const { ms, shape } = await ask(pair[side])
      times[side].push(ms)
      shapes[side].add(shape)
    }
  }
  const [known, unknown] = times.map(median) as [number, number]
  const answers = new Set([...shapes[0], ...shapes[1]])
  const told = answers.size === 1 ? `all ${[...answers][0]?.slice(0, 3)} and alike` : [...answers].join('; ')
  return [name, ...[known, unknown, known - unknown].map((ms) => ms.toFixed(2)), told]
}

console.log(
  `## T38: known and unknown on ${values.engine}, ${requests} + ${requests} each\n\nserver, simulator and who asks in one process; load ${loadavg()[0]?.toFixed(1)}\n`,
)
const rows = [
  await measure('POST /reset', await askForReset()),
  await measure('POST /v1/flows/{id}/registration', await askToRegister()),
  await measure('POST /v1/codes', await askForCode(), knowFollower),
]
const reached = (await app.store.db.selectFrom('codes').select('id').where('openid_index', 'is not', null).execute())
  .length
console.log(formatTable(['request', 'known, ms', 'unknown, ms', 'difference, ms', 'answers'], rows))
console.log(`\n${reached} of ${requests} known users were sent their code meanwhile.`)
