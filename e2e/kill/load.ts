import { EventEmitter, once } from 'node:events'
import type { Simulator } from '@hufu/simulator'
import type { Random } from './random.ts'
import type { Supervisor } from './supervisor.ts'

/** A flow the server said exists: `POST /v1/flows` was answered 201. */
export interface MadeFlow {
  id: string
  scene: string
  ticket: string
}

/** What WeChat would push, and would push again word for word. */
export interface PushBody {
  account: string
  person: string
  event: Record<string, string>
}

export interface Pushed {
  flow: string
  openid: string
  body: PushBody
  /** Whether any attempt was answered 200. */
  acked: boolean
  /** The reply of that answer; undefined: none. */
  reply: string | undefined
}

export interface Work {
  flows: MadeFlow[]
  pushes: Pushed[]
}

export interface Load {
  acked(): number
  /** Resolves after that many more pushes have been begun. */
  pushed(count: number): Promise<void>
  /** No new scans; resolves when the last one has its end. */
  finish(): Promise<Work>
}

const codesAhead = 40
/** Fewer than what the server takes for frenzy, where it answers without a text. */
const scansPerPerson = 6

/** People scan codes as fast as they get answers; a few pages at a time ask for new codes. */
export function startLoad(deps: {
  simulator: Simulator
  supervisor: Supervisor
  random: Random
  people: number
}): Load {
  const { simulator, supervisor, random } = deps
  const { appid } = supervisor.demo.account
  const { world } = simulator
  const work: Work = { flows: [], pushes: [] }
  const happened = new EventEmitter().setMaxListeners(0)
  /** Codes on screens that nobody has scanned yet; a contested one lies here twice. */
  const shown: MadeFlow[] = []
  let stopping = false
  let begun = 0

  async function makeFlow(): Promise<void> {
    await supervisor.up()
    const { base_url, api_key } = supervisor.demo
    const response = await fetch(`${base_url}/v1/flows`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'login', expires_in: 1800 }),
    }).catch(() => undefined)
    // Died before it answered: whether the flow exists, nobody can know.
    if (response === undefined) return
    const flow = (await response.json().catch(() => undefined)) as { id: string; qr: { content: string } } | undefined
    if (flow === undefined) return
    if (response.status !== 201) throw new Error(`a flow was refused: ${response.status} ${JSON.stringify(flow)}`)
    const found = world.codes.find(flow.qr.content)
    if (found.kind !== 'code') throw new Error(`the simulator does not know ${flow.qr.content}`)
    const made = { id: flow.id, scene: found.code.scene, ticket: found.code.ticket }
    work.flows.push(made)
    shown.push(made)
    if (random.chance(0.1)) shown.push(made)
    happened.emit('shown')
  }

  async function keepMaking(): Promise<void> {
    while (!stopping) {
      if (shown.length < codesAhead) await makeFlow()
      else await once(happened, 'taken')
    }
  }

  async function takeCode(): Promise<MadeFlow | undefined> {
    for (;;) {
      if (stopping) return undefined
      const code = shown.shift()
      happened.emit('taken')
      if (code) return code
      await once(happened, 'shown')
    }
  }

  /** A first scan follows the account; the next ones find it followed. */
  function bodyOf(person: string, code: MadeFlow, first: boolean): PushBody {
    const what = first
      ? { Event: 'subscribe', EventKey: `qrscene_${code.scene}` }
      : { Event: 'SCAN', EventKey: code.scene }
    const event = { ...what, Ticket: code.ticket, CreateTime: String(world.clock.seconds()) }
    return { account: appid, person, event }
  }

  async function walk(): Promise<void> {
    const account = world.accounts.get(appid)
    for (;;) {
      const person = world.people.create('somebody')
      const openid = world.people.openid(account, person)
      // The push is this file's; what the platform says of the person when it is asked must agree with it.
      world.actions.follow(person, account, { silent: true })
      for (let scan = 0; scan < scansPerPerson; scan++) {
        const code = await takeCode()
        if (!code) return
        const body = bodyOf(person.id, code, scan === 0)
        begun++
        happened.emit('begun')
        const answer = await push(simulator.url, body)
        work.pushes.push({ flow: code.id, openid, body, ...answer })
      }
    }
  }

  const makers = Array.from({ length: 3 }, keepMaking)
  const walkers = Array.from({ length: deps.people }, walk)
  const ended = Promise.all([...makers, ...walkers])
  // A failure of the load is told where somebody waits for it.
  ended.catch((error) => happened.emit('error', error))

  return {
    acked: () => work.pushes.filter(({ acked }) => acked).length,
    async pushed(count) {
      const goal = begun + count
      while (begun < goal) await once(happened, 'begun')
    },
    async finish() {
      stopping = true
      happened.emit('shown')
      happened.emit('taken')
      await ended
      return work
    },
  }
}

interface Delivered {
  pushes: { attempts: { status: number | null; verdict: string; reply?: { text?: string } }[] }[]
}

/** One push, by the simulator: signed and sealed as WeChat does, up to three attempts, each answer judged. */
export async function push(simulatorUrl: string, body: PushBody): Promise<Pick<Pushed, 'acked' | 'reply'>> {
  const response = await fetch(`${simulatorUrl}/_sim/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`the simulator refused a push: ${response.status} ${await response.text()}`)
  const { pushes } = (await response.json()) as Delivered
  const answered = pushes[0]?.attempts.find(({ status }) => status === 200)
  const refused = pushes[0]?.attempts.find(({ verdict }) => /^(malformed|status_4)/.test(verdict))
  if (refused) throw new Error(`a push got a wrong answer: ${JSON.stringify(refused)}`)
  return { acked: answered !== undefined, reply: answered?.reply?.text }
}
