import type { Credentials } from '../credentials/credentials.ts'
import type { Events } from '../events/events.ts'
import type { Tx } from '../store/store.ts'
import type { Users, WechatIndex } from '../users/users.ts'
import { isLinkedAnew, moveSignInsOf, type SignInRow } from './queries.ts'

/** What a sign-in left behind goes again, as far as nobody has linked it anew. Its user is held by whoever asks. */
export function createTakingApart(deps: {
  users: Pick<Users, 'release' | 'takeBack' | 'appsOf'>
  events: Events
  passwords: Pick<Credentials['passwords'], 'forgetSince'>
}): (tx: Tx, row: SignInRow) => Promise<void> {
  const { users, events, passwords } = deps

  async function release(tx: Tx, row: SignInRow, [appid, index]: WechatIndex): Promise<void> {
    const released = await users.release(tx, appid, index)
    if (!released) return
    const { from, to, wechats } = released
    if (to !== undefined) await moveSignInsOf(tx, wechats, { from, to })
    for (const { appId, publicId } of await users.appsOf(tx, from)) {
      const flow = appId === row.app_id ? { flow_id: row.flow_id } : {}
      const data = { user_id: publicId, ...flow, account: appid, reason: 'disowned' }
      events.append(tx, appId, 'binding.removed', data)
    }
  }

  /** Whoever it was keeps no way in of those that they had brought. */
  async function takeBack(tx: Tx, row: SignInRow, brought: string[]): Promise<void> {
    const of = { userId: row.user_id, flowId: row.flow_id, account: row.appid }
    const { credentialSince, wechats } = await users.takeBack(tx, of, brought)
    // A password that was chosen with an address, or by it, goes with it.
    if (credentialSince !== undefined) await passwords.forgetSince(tx, row.user_id, { from: credentialSince })
    for (const wechat of wechats) await release(tx, row, wechat)
  }

  return async (tx, row) => {
    if (row.brought !== null) return takeBack(tx, row, JSON.parse(row.brought))
    // A link that the WeChat's holder did not want is no link.
    if (row.kind === 'bind' && !(await isLinkedAnew(tx, row))) await release(tx, row, [row.appid, row.openid_index])
  }
}
