import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompiledQuery } from 'kysely'
import type { Harness } from './harness.ts'

/**
 * WeChat's side of a push, byte by byte: a third hand, so that a mistake the product shares with the library or the simulator would show.
 * Everything can be wrong on purpose.
 */
export interface Wire {
  key: string
  token: string
  aesKey: string
  appid: string
  originalId: string
}

export interface WireAnswer {
  status: number
  /** Without `date`, the one header that may differ between two equal answers. */
  headers: Record<string, string>
  body: string
}

export interface Change {
  /** Seconds, as text: it may be anything. */
  timestamp?: string
  nonce?: string
  /** Instead of the encrypted document, inside `Encrypt`, rightly signed. */
  encrypt?: string
  /** The whole body, whatever was signed. */
  body?: string | Buffer
  /** The query as it would be, to be changed. */
  query?(query: string): string
  /** A plain request: `signature` and the document in clear. */
  plain?: boolean
  method?: string
  headers?: Record<string, string>
}

export function wireOf(world: Harness): Wire {
  const { account, token, encodingAesKey } = world.seeded
  return {
    key: account.callbackKey,
    token,
    aesKey: encodingAesKey,
    appid: account.appid,
    originalId: account.originalId,
  }
}

export function sign(...parts: string[]): string {
  return createHash('sha1').update(parts.sort().join('')).digest('hex')
}

export function layout(document: string | Buffer, appid: string): Buffer {
  const message = Buffer.from(document as string)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  return Buffer.concat([randomBytes(16), length, message, Buffer.from(appid)])
}

export function pad(plain: Buffer): Buffer {
  const count = 32 - (plain.length % 32)
  return Buffer.concat([plain, Buffer.alloc(count, count)])
}

export function encrypt(padded: Buffer, aesKey: string): string {
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
}

export function envelope(wire: Wire, encrypted: string, outside = ''): string {
  return `<xml><ToUserName><![CDATA[${wire.originalId}]]></ToUserName>${outside}<Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
}

export function nowSeconds(world: Harness): number {
  return Math.floor(world.clock.now() / 1000)
}

export async function push(
  world: Harness,
  wire: Wire,
  document: string | Buffer,
  change: Change = {},
): Promise<WireAnswer> {
  const timestamp = change.timestamp ?? String(nowSeconds(world))
  const nonce = change.nonce ?? randomBytes(8).toString('hex')
  const encrypted = change.encrypt ?? encrypt(pad(layout(document, wire.appid)), wire.aesKey)
  const plain = `signature=${sign(wire.token, timestamp, nonce)}&timestamp=${timestamp}&nonce=${nonce}`
  const safe = `${plain}&encrypt_type=aes&msg_signature=${sign(wire.token, timestamp, nonce, encrypted)}`
  const query = change.plain ? plain : safe
  const body = change.body ?? (change.plain ? document : envelope(wire, encrypted))
  return send(world, `/wechat/${wire.key}?${change.query?.(query) ?? query}`, {
    method: change.method ?? 'POST',
    headers: { 'content-type': 'text/xml', ...change.headers },
    body: Buffer.from(body as string),
  })
}

export async function send(world: Harness, path: string, init: RequestInit): Promise<WireAnswer> {
  const response = await fetch(world.base + path, init)
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
  return { status: response.status, headers, body: await response.text() }
}

/** The reply inside an encrypted answer; `success` stays `success`. */
export function openReply(wire: Wire, body: string): string {
  if (body === 'success') return body
  const text = (name: string) =>
    new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`, 's').exec(body)?.[1] ?? ''
  const encrypted = text('Encrypt')
  if (text('MsgSignature') !== sign(wire.token, text('TimeStamp'), text('Nonce'), encrypted))
    throw new Error(`a reply with a wrong signature: ${body}`)
  const key = Buffer.from(`${wire.aesKey}=`, 'base64')
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(Buffer.from(encrypted, 'base64')), decipher.final()])
  const plain = padded.subarray(0, padded.length - (padded.at(-1) ?? 0))
  const end = 20 + plain.readUInt32BE(16)
  if (plain.subarray(end).toString() !== wire.appid) throw new Error('a reply for another account')
  return plain.subarray(20, end).toString()
}

export function textOf(reply: string): string {
  return /<Content><!\[CDATA\[(.*)\]\]><\/Content>/s.exec(reply)?.[1] ?? ''
}

/** An event's document. Elements of `fields` come after the usual four. */
export function eventXml(wire: Wire, event: { openid: string; at: number; fields: Record<string, string> }): string {
  const elements = Object.entries(event.fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
  return `<xml><ToUserName><![CDATA[${wire.originalId}]]></ToUserName><FromUserName><![CDATA[${event.openid}]]></FromUserName><CreateTime>${event.at}</CreateTime><MsgType><![CDATA[event]]></MsgType>${elements.join('')}</xml>`
}

export function newOpenid(): string {
  return `o${randomBytes(20).toString('base64url').slice(0, 27)}`
}

/** The scene and ticket behind a flow's QR code, as the platform knows them. */
export async function codeOf(world: Harness, content: string): Promise<{ scene: string; ticket: string }> {
  const codes = await world.sim('GET', `/codes?account=${world.account.appid}`)
  return codes.find((code: { content: string }) => code.content === content)
}

/** A look into the database, in SQL with `?`, whichever engine it is. */
export async function look<T = Record<string, unknown>>(
  world: Harness,
  sql: string,
  ...parameters: string[]
): Promise<T[]> {
  const { db, engine } = world.app.store
  let count = 0
  const text = engine === 'postgres' ? sql.replaceAll('?', () => `$${++count}`) : sql
  return [...(await db.executeQuery<T>(CompiledQuery.raw(text, parameters))).rows]
}

/** All that the database holds, as one text to search in. */
export async function everythingStored(world: Harness): Promise<string> {
  if (world.app.store.engine === 'sqlite') {
    return readdirSync(world.dataDir)
      .filter((name) => name.startsWith('hufu.sqlite'))
      .map((name) => readFileSync(join(world.dataDir, name)).toString('latin1'))
      .join('')
  }
  const tables = await look<{ name: string }>(
    world,
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  )
  const rows = await Promise.all(tables.map(({ name }) => look(world, `SELECT * FROM ${name}`)))
  const text = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))
  return rows
    .flat()
    .flatMap((row) => Object.values(row).map(text))
    .join(' ')
}

/** Every row of every table, as one text: what the database still knows. On SQLite the file may hold older pages, too. */
export async function everyRow(world: Harness): Promise<string> {
  const catalogue =
    world.app.store.engine === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type = 'table'`
      : `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`
  const lines: string[] = []
  for (const { name } of await look<{ name: string }>(world, catalogue)) {
    for (const row of await look(world, `SELECT * FROM ${name}`)) {
      const values = Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
      )
      lines.push(`${name} ${values.join(' ')}`)
    }
  }
  return lines.join('\n')
}

const counted = ['inbox', 'quarantine', 'events', 'followers', 'flows', 'users', 'identities', 'app_users'] as const

/** Rows of every table that a push or a flow can touch. */
export async function countRows(world: Harness): Promise<Record<(typeof counted)[number], number>> {
  const counts = counted.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`)
  const [row] = await look<Record<(typeof counted)[number], number>>(world, `SELECT ${counts.join(', ')}`)
  if (!row) throw new Error('a count has a row')
  return row
}
