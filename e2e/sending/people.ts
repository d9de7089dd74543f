import { setTimeout as pause } from 'node:timers/promises'
import { call } from '../faults/calls.ts'
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

/** Somebody who follows, and has just logged in at the site. */
export async function makeRecipient({ simulator, url, apiKey, appid }: Stage): Promise<Recipient> {
  const { people, accounts, actions } = simulator.world
  const account = accounts.get(appid)
  const person = people.create('somebody')
  const made = await call('POST', `${url}/v1/flows`, { body: { kind: 'login' }, bearer: apiKey })
  if (made.status !== 201) throw new Error(`a flow was answered ${made.status}`)
  people.follow(account, person, { scene: 'ADD_SCENE_SEARCH', qrScene: 0, qrSceneText: '' })
  await actions.scan(person, made.body.qr.content).delivery?.settled
  const seen = await call('GET', `${url}/v1/flows/${made.body.id}?wait=20&seen=waiting:scan`, {
    bearer: made.body.secret,
  })
  const redeemed = await call('POST', `${url}/v1/flows/${made.body.id}/redeem`, {
    body: { completion_code: seen.body.completion_code },
    bearer: apiKey,
  })
  if (redeemed.status !== 200)
    throw new Error(`a login came to ${seen.body.state}, its redemption to ${redeemed.status}`)
  return { user: redeemed.body.user.id, openid: people.openid(account, person), person: person.id }
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
