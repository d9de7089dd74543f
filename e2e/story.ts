/**
 * The main job over plain HTTP, from demo.json alone, with nothing but `fetch`: what any backend in any language would send.
 *
 *     npm start                        # in one terminal
 *     npx node e2e/story.ts            # in another; or: npx node e2e/story.ts path/to/demo.json
 */
import { readFileSync } from 'node:fs'

/** The part of demo.json that the story needs. */
export interface Demo {
  base_url: string
  simulator_url: string
  api_key: string
  account: { appid: string }
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: the bodies are other people's JSON, looked at field by field
  body: any
}

export interface Story {
  /** The states the browser was told, in order. */
  seen: string[]
  phone: { title: string; outputs: Record<string, string> }
  redeemed: Answer
  redeemedAgain: Answer
  registered: Answer | undefined
}

interface StoryOptions {
  /** What `POST /v1/flows` is given. */
  flow?: Record<string, unknown>
  /** Whose phone: an id of the simulator; by default somebody new, who does not follow yet. */
  person?: string
  decision?: 'confirm' | 'decline'
  say?: (line: string) => void
}

/** Scan, follow, open the link, confirm; the browser watches; the backend redeems, and tries once more. */
export async function tellStory(demo: Demo, options: StoryOptions = {}): Promise<Story> {
  const { say = () => {}, decision = 'confirm' } = options
  const backend = (path: string, body: object) => call('POST', demo.base_url + path, body, demo.api_key)
  const phone = (path: string, body: object) => call('POST', `${demo.simulator_url}/_sim/people${path}`, body)

  const input = options.flow ?? { kind: 'login' }
  const flow = must(await backend('/v1/flows', input), 201)
  say(`1  backend   POST /v1/flows ${JSON.stringify(input)}   201 ${flow.id}, QR says ${flow.qr.content}`)

  const watching = watch(demo, flow, say)
  await watching.until('waiting')

  const person = options.person ?? must(await phone('', { name: '小林' }), 200).id
  const scanned = must(await phone(`/${person}/scan`, { content: flow.qr.content }), 200)
  say(`2  phone     scans                                ${scanned.outcome}`)
  const { appid } = demo.account
  if (scanned.outcome === 'follow_prompt') {
    say('3  phone     follows the account')
    await phone(`/${person}/follow`, { account: appid, content: flow.qr.content })
  }
  await watching.until('scanned')

  const { body: chat } = await call('GET', `${demo.simulator_url}/_sim/people/${person}/chat?account=${appid}`)
  const { text, links } = chat.at(-1)
  say(`4  phone     reads                                ${text.split('\n')[0]}`)
  const page = must(await phone(`/${person}/open`, { url: links[0].url }), 200)
  say(`5  phone     opens the link                       ${page.title}`)
  const end = must(await phone(`/${person}/submit`, { button: { name: 'decision', value: decision } }), 200)
  say(`6  phone     presses “${decision}”                    ${end.title}`)

  if (end.outputs.code) {
    await typeDigits(demo, flow, end.outputs.code)
    say(`   browser   types the six digits                 ${end.outputs.code}`)
  }
  const last = await watching.until(decision === 'confirm' ? 'confirmed' : 'declined')

  const redeem = () => backend(`/v1/flows/${flow.id}/redeem`, { completion_code: last.completion_code ?? 'none' })
  const redeemed = await redeem()
  say(`7  backend   redeems                              ${redeemed.status} ${JSON.stringify(redeemed.body)}`)
  if (redeemed.status === 200) await watching.until('completed')
  const token = redeemed.body.registration_token
  const registered = token
    ? await backend(`/v1/flows/${flow.id}/register`, { registration_token: token, external_user_id: `shop-${flow.id}` })
    : undefined
  if (registered)
    say(`8  backend   registers the new person             ${registered.status} ${JSON.stringify(registered.body)}`)
  const redeemedAgain = await redeem()
  say(`9  backend   redeems a second time                ${redeemedAgain.status} ${redeemedAgain.body.code}`)
  await watching.end()
  return { seen: watching.seen, phone: end, redeemed, redeemedAgain, registered }
}

async function typeDigits(demo: Demo, flow: { id: string; secret: string }, code: string): Promise<void> {
  must(await call('POST', `${demo.base_url}/v1/flows/${flow.id}/code`, { code }, flow.secret), 200)
}

interface Seen {
  state: string
  completion_code?: string
}

/** The browser's side: server-sent events over fetch, the secret in a header. */
function watch(demo: Demo, flow: { id: string; secret: string }, say: (line: string) => void) {
  const seen: string[] = []
  const waiting: { state: string; resolve(flow: Seen): void; reject(error: Error): void }[] = []
  let latest: Seen = { state: '' }
  const stopping = new AbortController()

  function hear(next: Seen): void {
    if (next.state !== latest.state) {
      seen.push(next.state)
      say(`   browser   event: flow                          ${next.state}`)
    }
    latest = next
    for (const one of waiting) if (one.state === next.state) one.resolve(next)
  }

  async function read(): Promise<void> {
    const response = await fetch(`${demo.base_url}/v1/flows/${flow.id}/events`, {
      headers: { authorization: `Bearer ${flow.secret}`, accept: 'text/event-stream' },
      signal: stopping.signal,
    })
    if (!response.ok || !response.body) throw new Error(`no event stream: ${response.status} ${await response.text()}`)
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + chunk).split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const data = /^event: flow\ndata: (.*)$/m.exec(event)?.[1]
        if (data) hear(JSON.parse(data))
      }
    }
  }

  const reading = read().then(
    () => fail(new Error('the event stream ended')),
    (error) => fail(error),
  )
  function fail(error: Error): void {
    for (const one of waiting) one.reject(error)
  }

  return {
    seen,
    until: (state: string): Promise<Seen> =>
      latest.state === state
        ? Promise.resolve(latest)
        : new Promise((resolve, reject) => waiting.push({ state, resolve, reject })),
    async end(): Promise<void> {
      stopping.abort()
      await reading
    },
  }
}

async function call(method: string, url: string, body?: object, bearer?: string): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

function must({ status, body }: Answer, expected: number): Answer['body'] {
  if (status !== expected) throw new Error(`${expected} was expected, not ${status}: ${JSON.stringify(body)}`)
  return body
}

if (import.meta.main) {
  const file = process.argv[2] ?? 'data/demo.json'
  await tellStory(JSON.parse(readFileSync(file, 'utf8')), { say: (line) => console.log(line) })
}
