import type { Account } from '../accounts.ts'
import { digits } from '../ids.ts'
import type { Person } from '../people.ts'
import type { World } from '../world.ts'
import { isJson, type Json, single } from './calls.ts'
import { ApiError } from './errors.ts'

export type Recipient = { person: Person; openid: string }

export function recipient(world: World, account: Account, touser: unknown): Recipient {
  const openid = single(touser) ?? ''
  const person = world.people.findByOpenid(account, openid)
  if (person === undefined) throw new ApiError(40003)
  return { person, openid }
}

/** Nineteen digits: more than a JavaScript number holds. */
export function newMsgid(): string {
  return `3${digits(18)}`
}

type Accepted = { template_id?: string; data: unknown; client_msg_id?: string | undefined; msgid?: string }

/** Into the ledger: the platform has taken it upon itself. */
export function record(world: World, account: Account, api: string, touser: string, accepted: Accepted): void {
  const { client_msg_id, ...more } = accepted
  const at = new Date(world.clock.now()).toISOString()
  world.ledger.sends.push({
    at,
    account: account.appid,
    api,
    touser,
    ...more,
    ...(client_msg_id !== undefined && { client_msg_id }),
  })
}

const LONGEST_URL = 1024

function readUrl(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw new ApiError(47001)
  if (Buffer.byteLength(value) > LONGEST_URL) throw new ApiError(40039)
  return value
}

export type MiniProgram = { appid: string; pagepath: string }

function readMiniProgram(value: unknown): MiniProgram | undefined {
  if (value === undefined || (isJson(value) && !value.appid)) return undefined
  if (!isJson(value)) throw new ApiError(47001)
  const { appid, pagepath = '' } = value
  if (typeof appid !== 'string' || !/^wx\w+$/.test(appid)) throw new ApiError(40166)
  if (typeof pagepath !== 'string') throw new ApiError(40165)
  return { appid, pagepath }
}

/** Where a card leads: a mini program, which this phone cannot open, falls back to the page. */
export function readJump(body: Json, page: 'url' | 'page'): { url?: string; miniprogram?: MiniProgram } {
  const url = readUrl(body[page])
  const miniprogram = readMiniProgram(body.miniprogram)
  return { ...(url !== undefined && { url }), ...(miniprogram && { miniprogram }) }
}
