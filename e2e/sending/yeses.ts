import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, call } from '../faults/calls.ts'
import type { Random } from '../kill/random.ts'
import { postMessage, type Recipient } from './people.ts'
import type { Stage } from './stages.ts'

/** Two yeses of one person, and what the site heard of them. */
export interface Said {
  recipient: Recipient
  /** Messages that the site asked for by one permission: one more than was allowed. */
  messages: { id: string; content: string }[]
  approval: { flow: string; pressed: Pressed; heard: string }
}

type Pressed = 'confirm' | 'decline'

const scene = 7
const asked = 2
const atOnce = 4
/** A moment of work, not of time: in the middle of every so many people a node dies. */
const peoplePerKill = 5
const patienceMs = 60_000

/** One after the other, people allow one message and press a button of an approval, while nodes die between the steps of it. */
export async function sayYes(
  stage: Stage,
  recipients: readonly Recipient[],
  { random, kill }: { random: Random; kill: () => Promise<void> },
): Promise<Said[]> {
  const said: Said[] = []
  const left = recipients.entries()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [position, recipient] of left) {
        const dying = position % peoplePerKill === 1 ? pause(random.whole(0, 60)).then(kill) : undefined
        const pressed = random.chance(0.5) ? 'confirm' : 'decline'
        const messages = await allowOne(stage, recipient)
        said.push({ recipient, messages, approval: await approve(stage, recipient, pressed) })
        await dying
      }
    }),
  )
  return said
}

/** The browser comes back twice at once, as if reloaded; then the permission is used by two messages. */
async function allowOne(stage: Stage, recipient: Recipient): Promise<Said['messages']> {
  const { user, openid } = recipient
  const { world } = stage.simulator
  const { subscribemsg_template_id: template_id } = world.accounts.get(stage.appid)
  const body = { template_id, scene, return_url: `${stage.origin}/tea` }
  const opened = await insist('asking for one message', async () => {
    const { body: made } = await call('POST', `${stage.url}/v1/users/${user}/subscriptions`, {
      body,
      bearer: stage.apiKey,
    })
    const response = await fetch(made.url, { redirect: 'manual' })
    const location = response.headers.get('location')
    const [cookie] = response.headers.getSetCookie()
    return location && cookie ? { wechat: new URL(location), cookie: cookie.split(';')[0] ?? '' } : undefined
  })
  world.oneTime.confirm(stage.appid, openid, String(scene))
  const back = new URL(opened.wechat.searchParams.get('redirect_url') ?? '')
  const reserved = opened.wechat.searchParams.get('reserved') ?? ''
  back.search = String(new URLSearchParams({ openid, template_id, action: 'confirm', scene: String(scene), reserved }))
  const comeBack = () =>
    insist('coming back with a yes', async () => {
      const response = await fetch(back, { redirect: 'manual', headers: { cookie: opened.cookie } })
      return response.headers.get('location')?.includes('result=allowed') || undefined
    })
  await Promise.all([comeBack(), comeBack()])
  const contents = Array.from({ length: asked }, (_, number) => `${openid} ${number}`)
  return Promise.all(
    contents.map(async (content) => {
      const one_time = { template_id, scene, title: 'Tea', content }
      return { id: await postMessage(stage, { user, one_time }, `one ${content}`), content }
    }),
  )
}

async function approve(stage: Stage, recipient: Recipient, pressed: Pressed): Promise<Said['approval']> {
  const { url, apiKey: bearer, simulator, appid } = stage
  const { people, actions, chat, browsers } = simulator.world
  const person = people.get(recipient.person)
  const purpose = 'A new address'
  const flow = await insist('beginning an approval', async () => {
    const body = { kind: 'verify', purpose, user: recipient.user, expires_in: 600 }
    const made = await call('POST', `${url}/v1/flows`, { body, bearer })
    return made.status === 201 ? made.body : undefined
  })
  const links = () => chat.list(person, appid).flatMap((entry) => entry.links.map((link) => link.url))
  const link = await insist('scanning', async () => {
    await actions.scan(person, flow.qr.content).delivery?.settled
    return links().findLast((one) => one.includes('/confirm/'))
  })
  const look = () => call('GET', `${url}/v1/flows/${flow.id}`, { bearer: flow.secret })
  const { body: seen } = await insist('pressing a button', async () => {
    const page = await browsers.of(person).open(new URL(link))
    if (page.forms.length > 0) await browsers.of(person).submit({ button: { name: 'decision', value: pressed } })
    const { status, body } = await look()
    return status === 200 && !['waiting', 'scanned'].includes(body.state) ? { body } : undefined
  })
  if (seen.state !== 'confirmed') return { flow: flow.id, pressed, heard: seen.state }
  const body = { completion_code: seen.completion_code, purpose }
  const redeemed = await insist('redeeming', async () => {
    const answer = await call('POST', `${url}/v1/flows/${flow.id}/redeem`, { body, bearer })
    return answer.status < 500 ? answer : undefined
  })
  return { flow: flow.id, pressed, heard: whatWasBought(redeemed, recipient) }
}

/** A yes whose answer was lost is told of when it is asked for again. */
function whatWasBought({ status, body }: Answer, { user }: Recipient): string {
  if (status === 200) return body.user?.id === user ? 'completed' : `somebody else’s: ${body.user?.id}`
  return body.code === 'already_redeemed' ? 'completed' : body.code
}

/** Nodes die: what comes to nothing is tried again. */
async function insist<T>(what: string, work: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + patienceMs
  let trouble: unknown
  while (performance.now() < end) {
    const result = await work().catch((error) => {
      trouble = error
    })
    if (result !== undefined) return result
    await pause(50)
  }
  throw new Error(`${what} came to nothing`, { cause: trouble })
}
