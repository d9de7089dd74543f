import type { Apps } from '../apps/apps.ts'
import {
  type Checked,
  type Contact,
  type Credentials,
  maskContact,
  refused,
  type Sent,
} from '../credentials/credentials.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { type FlowRow, type Flows, stateOf } from '../flows/flows.ts'
import type { Followers } from '../followers/followers.ts'
import { createLimiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import { networkOf } from '../network.ts'
import type { SignIns } from '../signins/signins.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { createTogether } from '../together.ts'
import type { IdentityKey, Registered, Users } from '../users/users.ts'

/** What the browser of an unknown person says: an address or a number, then what was sent there. */
export interface RegistrationInput {
  email?: string
  password?: string
  email_code?: string
  phone?: string
  sms_code?: string
  /** Yes, this WeChat is to be linked with the account that has this address or number. */
  link?: boolean
}

export interface Answered {
  row: FlowRow
  /** A code is on its way. */
  sent?: Sent & { contact: Contact; to: string }
}

/** What an account asks for besides the code, before a WeChat is linked with it. */
export type Needs = 'consent' | 'password' | 'support'

/** Registration of somebody whose WeChat is unknown, by an e-mail address or a phone number that is proved to be theirs. */
export interface Registrations {
  /** @throws DomainError */
  answer(row: FlowRow, input: RegistrationInput, address: string): Promise<Answered>
}

/** Numbers are given to somebody else some months after they were given up. */
const recycledAfterMs = 90 * 24 * 3_600_000
const hourMs = 3_600_000
/** Tries at one flow and at one address; as many as may count (`proofs`). */
const triesAtOnce = 5

type Attempt =
  | Exclude<Checked, { outcome: 'right' }>
  | { outcome: 'done'; row: FlowRow }
  | { outcome: 'over' }
  | { outcome: 'conflict'; reason: 'wechat_already_bound' | 'user_already_bound' }
  | { outcome: 'needs'; needs: Needs; userId: string }

interface Said {
  code: string
  link: boolean
  provedUser: string | undefined
}

export function createRegistrations(deps: {
  store: Store
  clock: Clock
  apps: Apps
  users: Users
  events: Events
  followers: Followers
  flows: Flows
  credentials: Credentials
  signIns: Pick<SignIns, 'record'>
  limits: Limits
  /** Whether there is anything to send such codes with. */
  canSend(kind: Contact['kind']): boolean
}): Registrations {
  const { store, clock, apps, users, events, followers, flows, credentials } = deps
  const { proofs, passwords } = credentials
  const perAddress = createLimiter({ clock, limit: deps.limits.codesPerAddress, windowMs: hourMs })
  const perApp = createLimiter({ clock, limit: deps.limits.codesPerApp, windowMs: hourMs })

  const proofOf = (row: FlowRow, contact: Contact) => ({ purpose: 'registration', about: row.id, contact }) as const

  function contactOf(row: FlowRow, input: RegistrationInput): Contact {
    const { registration } = apps.get(row.app_id)
    const kind = input.email === undefined ? 'phone' : 'email'
    const text = input.email ?? input.phone
    if (text === undefined || (input.email !== undefined && input.phone !== undefined)) {
      throw refused('email', 'Send an e-mail address or a phone number, one of them.')
    }
    if (typeof registration === 'string' || !registration.includes(kind)) {
      throw refused(kind, 'This site does not register people this way.')
    }
    return credentials.parse(kind, text)
  }

  /** Whoever asks gets the same answer in the same time, whether or not somebody has this address: nobody looks. */
  async function send(row: FlowRow, contact: Contact, input: RegistrationInput, address: string): Promise<Answered> {
    refuseUnlessOpen(row, clock.now())
    if (contact.kind === 'email' && input.password === undefined) {
      throw refused('password', 'Choose a password, to be sent together with the address.')
    }
    if (!deps.canSend(contact.kind))
      throw new DomainError('unavailable', 'Nothing is configured here to send codes with.')
    take(perAddress.take(networkOf(address)))
    take(perApp.take(row.app_id))
    const passwordHash =
      contact.kind === 'email' ? await passwords.hash(input.password ?? '', contact.value) : undefined
    const words = { locale: row.locale, site: apps.get(row.app_id).name, asker: row.scanner_index ?? undefined }
    const sent = await store.write(async (tx) => {
      const current = await flows.steps.hold(tx, row.id)
      refuseUnlessOpen(current, clock.now())
      return proofs.issue(tx, proofOf(row, contact), { ...words, passwordHash })
    })
    return { row, sent: { ...sent, contact, to: maskContact(contact) } }
  }

  const underWay = createTogether(triesAtOnce)

  /** Tries at one flow wait for each other in the database, and so do those at one address. */
  async function attemptInTurn(flowId: string, contact: Contact, said: Said): Promise<Attempt> {
    const write = () => store.write((tx) => attempt(tx, flowId, contact, said))
    const ofContact = () => underWay(`${contact.kind} ${contact.value}`, write)
    return (await underWay(flowId, ofContact)) ?? { outcome: 'wait', seconds: 1 }
  }

  /** One try, with everything it changes, in one transaction; nothing is thrown in it, for the try is counted. */
  async function attempt(tx: Tx, flowId: string, contact: Contact, said: Said): Promise<Attempt> {
    const row = await flows.steps.hold(tx, flowId)
    if (!row || stateOf(row, clock.now()) !== 'registration_required') return { outcome: 'over' }
    const checked = await proofs.check(tx, proofOf(row, contact), said.code)
    if (checked.outcome !== 'right') return checked
    const credential = users.credentialKey(contact.kind, contact.value)
    const owner = await users.findByCredential(tx, credential)
    const needs = owner && needsOf(contact, owner, said)
    if (owner && needs) return { outcome: 'needs', needs, userId: owner.userId }
    const result = await users.register(tx, credential, await wechatOf(tx, row), owner?.userId)
    return settle(tx, row, checked, result)
  }

  async function settle(
    tx: Tx,
    row: FlowRow,
    proof: Extract<Checked, { outcome: 'right' }>,
    result: Registered,
  ): Promise<Attempt> {
    switch (result.outcome) {
      case 'exists':
        // Somebody registered it between two looks.
        return { outcome: 'needs', needs: 'consent', userId: result.userId }
      case 'conflict':
        events.append(tx, row.app_id, 'binding.conflict', { flow_id: row.id, reason: result.reason })
        return result
      case 'registered':
      case 'linked': {
        const isNew = result.outcome === 'registered'
        if (isNew && proof.passwordHash !== undefined) await passwords.set(tx, result.userId, proof.passwordHash)
        await proofs.use(tx, proof.id)
        const confirmed = await flows.steps.registered(tx, row)
        if (!confirmed) throw new Error('a flow that is held can take its step')
        // Whether or not a site redeems it: from now on this is a way in, and the WeChat's holder hears of it.
        await deps.signIns.record(tx, confirmed, result.brought)
        return { outcome: 'done', row: confirmed }
      }
    }
  }

  /** The code proves that somebody reads this address or has this phone now; whose account it is, may take more. */
  function needsOf(
    contact: Contact,
    owner: { userId: string; seenAt: number },
    said: Omit<Said, 'code'>,
  ): Needs | undefined {
    if (said.provedUser === owner.userId) return undefined
    if (contact.kind === 'phone' && owner.seenAt < clock.now() - recycledAfterMs) return 'password'
    return said.link ? undefined : 'consent'
  }

  async function wechatOf(tx: Tx, row: FlowRow): Promise<IdentityKey> {
    if (!row.scanner_index) throw new Error('a scanned flow has a scanner')
    const follower = await followers.find(tx, row.appid, row.scanner_index)
    const sealed = row.scanner_sealed ?? follower?.openid_sealed ?? null
    return { kind: 'wechat', namespace: row.appid, index: row.scanner_index, sealed }
  }

  async function prove(row: FlowRow, contact: Contact, input: RegistrationInput, code: string): Promise<Answered> {
    const said = { code, link: input.link === true, provedUser: undefined }
    let result = await attemptInTurn(row.id, contact, said)
    if (result.outcome === 'needs' && result.needs === 'password') {
      const { userId } = result
      if (!(await passwords.has(userId))) result = { ...result, needs: 'support' }
      else if (input.password !== undefined && (await passwords.isRight(userId, input.password))) {
        result = await attemptInTurn(row.id, contact, { ...said, provedUser: userId })
      }
    }
    if (result.outcome === 'done') return { row: result.row }
    throw refusalOf(result)
  }

  return {
    async answer(row, input, address) {
      const contact = contactOf(row, input)
      const code = contact.kind === 'email' ? input.email_code : input.sms_code
      return code === undefined ? send(row, contact, input, address) : prove(row, contact, input, code)
    },
  }
}

function take(retryAfter: number): void {
  if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter, detail: 'Too many codes were asked for.' })
}

function refuseUnlessOpen(row: FlowRow | undefined, now: number): void {
  const state = row && stateOf(row, now)
  if (state === 'registration_required') return
  throw new DomainError(state === 'waiting' || state === 'scanned' ? 'not_confirmed' : 'flow_over')
}

const advice: Record<Needs, string> = {
  consent: 'There is an account with it. Repeat the request with `link: true` to link this WeChat with that account.',
  password: 'There is an account with this number that was not used for long. Repeat the request with its `password`.',
  support: 'There is an account with this number that was not used for long. Only the operator can help.',
}

function refusalOf(result: Exclude<Attempt, { outcome: 'done' }>): DomainError {
  switch (result.outcome) {
    case 'wrong':
      return new DomainError('code_invalid', { members: { tries_left: result.triesLeft } })
    case 'too_many_tries':
      return new DomainError('too_many_tries', 'Ask for another code.')
    case 'none':
      return new DomainError('code_expired', 'Ask for another code.')
    case 'wait':
      return new DomainError('rate_limited', { retryAfter: result.seconds, detail: 'Too many wrong codes.' })
    case 'over':
      return new DomainError('flow_over')
    case 'conflict':
      return new DomainError(result.reason)
    case 'needs':
      return new DomainError('credential_proof_required', {
        detail: advice[result.needs],
        members: { needs: result.needs },
      })
  }
}
