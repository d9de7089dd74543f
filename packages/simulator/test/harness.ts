import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Account, type Simulator, type SimulatorOptions, startSimulator } from '../src/index.ts'

type Received = { method: string; query: URLSearchParams; headers: http.IncomingHttpHeaders; body: string }
type Answer = { status?: number; body?: string; hang?: boolean }

/** A developer's server: keeps what comes and answers as it is told. */
export type Receiver = {
  url: string
  received: Received[]
  answer: (request: Received, count: number) => Answer | Promise<Answer>
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    received: [],
    answer: () => ({ body: 'success' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const server = http.createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', async () => {
      const query = new URL(request.url ?? '', 'http://receiver').searchParams
      const one = { method: request.method ?? '', query, headers: request.headers, body }
      const count = receiver.received.push(one)
      const answer = await receiver.answer(one, count)
      if (answer.hang) return
      response.statusCode = answer.status ?? 200
      response.end(answer.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
  return receiver
}

/** A third reading of the protocol, as short as it can be: neither the simulator's code nor the library's. */
export function sha1(...parts: string[]): string {
  return createHash('sha1').update(parts.sort().join('')).digest('hex')
}

type Key = Pick<Account, 'appid' | 'token' | 'encoding_aes_key'>

export function decrypt(account: Key, encrypted: string): string {
  const key = Buffer.from(`${account.encoding_aes_key}=`, 'base64')
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(encrypted, 'base64'), decipher.final()])
  const end = 20 + plain.readUInt32BE(16)
  const tail = plain.subarray(end, plain.length - (plain.at(-1) ?? 0)).toString()
  if (tail !== account.appid) throw new Error(`appid ${tail}`)
  return plain.subarray(20, end).toString()
}

export function encryptedReply(account: Key, message: string, signature?: string): string {
  const key = Buffer.from(`${account.encoding_aes_key}=`, 'base64')
  const bytes = Buffer.from(message)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  const plain = Buffer.concat([randomBytes(16), length, bytes, Buffer.from(account.appid)])
  const padding = 32 - (plain.length % 32)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([plain, Buffer.alloc(padding, padding)])
  const encrypted = Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
  const signed = signature ?? sha1(account.token, '1752000201', 'abc', encrypted)
  return `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt><MsgSignature><![CDATA[${signed}]]></MsgSignature><TimeStamp>1752000201</TimeStamp><Nonce><![CDATA[abc]]></Nonce></xml>`
}

/** The text of a flat element. */
export function field(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}>(?:<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>|([^<]*))</${name}>`).exec(xml)
  return found?.[1] ?? found?.[2]
}

export function textReply(account: Account, openid: string, content: string): string {
  return `<xml><ToUserName><![CDATA[${openid}]]></ToUserName><FromUserName><![CDATA[${account.original_id}]]></FromUserName><CreateTime>1752000200</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content></xml>`
}

type Json = Record<string, unknown>

/** The simulator and its interfaces, typed loosely: tests compare what comes. */
export class Bench {
  readonly simulator: Simulator
  private constructor(simulator: Simulator) {
    this.simulator = simulator
  }

  static async start(options: SimulatorOptions = {}): Promise<Bench> {
    return new Bench(await startSimulator({ callbackTimeoutMs: 150, retryDelayMs: 1, ...options }))
  }

  get url(): string {
    return this.simulator.url
  }

  get world() {
    return this.simulator.world
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  async get(path: string): Promise<any> {
    return (await fetch(`${this.url}${path}`)).json()
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  async send(method: string, path: string, body: Json = {}): Promise<any> {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${this.url}${path}`, { method, headers, body: JSON.stringify(body) })).json()
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  post(path: string, body: Json = {}): Promise<any> {
    return this.send('POST', path, body)
  }

  account(fields: Json = {}): Promise<Account> {
    return this.post('/_sim/accounts', fields)
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  person(name = '林小满'): Promise<any> {
    return this.post('/_sim/people', { name })
  }

  async token({ appid, secret }: Account): Promise<string> {
    const query = `grant_type=client_credential&appid=${appid}&secret=${secret}`
    return (await this.get(`/cgi-bin/token?${query}`)).access_token
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  async createCode(account: Account, body: Json): Promise<any> {
    return this.post(`/cgi-bin/qrcode/create?access_token=${await this.token(account)}`, body)
  }

  /** A code with a string scene. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
  code(account: Account, scene: string, seconds = 60): Promise<any> {
    const action_info = { scene: { scene_str: scene } }
    return this.createCode(account, { action_name: 'QR_STR_SCENE', expire_seconds: seconds, action_info })
  }

  shiftClock(milliseconds: number): void {
    this.world.clock.shift(milliseconds)
  }
}
