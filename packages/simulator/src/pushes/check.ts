import type { Account } from '../accounts.ts'
import { signature } from '../crypto.ts'
import { HttpError } from '../http.ts'
import { digits } from '../ids.ts'
import type { World } from '../world.ts'
import { callbackAddress } from './request.ts'

export type CallbackCheck = { ok: boolean; status: number | null; answer: string; reason?: string }

/** The GET that WeChat sends when a server configuration is saved: in clear in every mode. */
export async function checkCallback(world: World, account: Account): Promise<CallbackCheck> {
  if (account.callback_url === null) return { ok: false, status: null, answer: '', reason: 'no callback_url' }
  const timestamp = String(world.clock.seconds())
  const nonce = digits(9)
  const echostr = digits(19)
  const url = callbackAddress(account.callback_url, [
    ['signature', signature(account.token, timestamp, nonce)],
    ['echostr', echostr],
    ['timestamp', timestamp],
    ['nonce', nonce],
  ])
  try {
    const { status, answer } = await world.pushes.request('GET', url)
    if (status !== 200) return { ok: false, status, answer, reason: `status ${status}` }
    if (answer !== echostr) return { ok: false, status, answer, reason: 'the answer is not the echostr' }
    return { ok: true, status, answer }
  } catch (error) {
    if (error instanceof HttpError) return { ok: false, status: null, answer: '', reason: error.failure }
    throw error
  }
}
