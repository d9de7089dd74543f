import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, call } from '../faults/calls.ts'
import type { Stage } from './stages.ts'

export interface Recipient {
  user: string
  openid: string
  /** The simulator's id. */
  person: string
}

const atOnce = 8

/** People who follow, and are users of the site: each has logged in once. */
export async function makeRecipients(stage: Stage, count: number): Promise<Recipient[]> {
  const made: Recipient[] = []
  const turns = Array.from({ length: count }).keys()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const _ of turns) made.push(await makeRecipient(stage))
    }),
  )
  return made
}

/** Somebody who follows, and has just logged in at the site. Who is turned away comes again when told to, with a new login, so often and no more. */
export async function makeRecipient(stage: Stage, { onTurnedAway = () => {} } = {}): Promise<Recipient> {
  for (let again = mostLogins - 1; ; again--) {
    try {
      return await logIn(stage)
    } catch (error) {
      if (!(error instanceof TurnedAway) || again === 0) throw error
      onTurnedAway()
      await pause(error.retryAfter * 1_000)
    }
  }
}

/** 503, and when to come again. */
class TurnedAway extends Error {
  readonly retryAfter: number
  constructor(message: string, retryAfter: number) {
    super(message)
    this.retryAfter = retryAfter
  }
}

const mostLogins = 10

async function logIn({ simulator, url, apiKey, appid }: Stage): Promise<Recipient> {
  const { people, accounts, actions } = simulator.world
  const account = accounts.get(appid)
  const person = people.create('somebody')
  const made = expected(
    'a flow',
    201,
    await call('POST', `${url}/v1/flows`, { body: { kind: 'login' }, bearer: apiKey }),
  )
  people.follow(account, person, { scene: 'ADD_SCENE_SEARCH', qrScene: 0, qrSceneText: '' })
  await actions.scan(person, made.qr.content).delivery?.settled
  const path = `${url}/v1/flows/${made.id}`
  const seen = expected('a page', 200, await call('GET', `${path}?wait=20&seen=waiting:scan`, { bearer: made.secret }))
  const redeemed = expected(
    `the redemption of a login that is ${seen.state}`,
    200,
    await call('POST', `${path}/redeem`, { body: { completion_code: seen.completion_code }, bearer: apiKey }),
  )
  return { user: redeemed.user.id, openid: people.openid(account, person), person: person.id }
}

function expected(what: string, wanted: number, { status, retryAfter, body }: Answer): Answer['body'] {
  if (status === wanted) return body
  const said = `${what} was answered ${[status, body.code].filter(Boolean).join(' ')}`
  throw status === 503 && retryAfter !== undefined ? new TurnedAway(said, retryAfter) : new Error(said)
}

/** A request that is asked until it is answered, under one key: nodes die. */
export async function postMessage({ url, apiKey }: Stage, body: object, key: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${apiKey}`,
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const answer = (await response?.json().catch(() => undefined)) as { id?: string } | undefined
    if (response?.status === 202 && answer?.id) return answer.id
    if (response && response.status < 500) throw new Error(`a message was answered ${response.status}`)
    await pause(50)
  }
}
