import type { Account, Capability } from '../accounts.ts'
import type { World } from '../world.ts'
import { ApiError } from './errors.ts'

export type Query = Record<string, string | undefined>
export type Json = Record<string, unknown>

/** One call of the server API, its credential already checked. */
type Call = { world: World; account: Account; query: Query; body: Json }

type Common = {
  path: string
  /** GET calls answer 43001 to a POST, POST calls 43002 to a GET. */
  method: 'GET' | 'POST'
}

/** `token`: an access_token says which account; `open`: the call sees to its credential itself. */
export type Api = Common &
  (
    | {
        credential: 'token'
        needs: Capability
        /** A second call for one `touser` while the first is under way is 43108. */
        oneAtATime?: boolean
        answer(call: Call): object | Promise<object>
      }
    | { credential: 'open'; answer(call: Omit<Call, 'account'>): object }
  )

export const OK = { errcode: 0, errmsg: 'ok' }

export function single(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function parseBody(text: string): Json {
  if (text === '') throw new ApiError(44002)
  try {
    const body: unknown = JSON.parse(text)
    if (isJson(body)) return body
  } catch {
    // Falls through: what is no JSON and what is no object are the same error.
  }
  throw new ApiError(47001)
}

/** The account that proves itself by appid and secret: 41002, 40013, 41004, 40125. */
export function accountBySecret(world: World, appid: unknown, secret: unknown): Account {
  if (typeof appid !== 'string' || appid === '') throw new ApiError(41002)
  const account = world.accounts.find(appid)
  if (account === undefined) throw new ApiError(40013)
  if (typeof secret !== 'string' || secret === '') throw new ApiError(41004)
  if (secret !== account.secret) throw new ApiError(40125)
  return account
}
