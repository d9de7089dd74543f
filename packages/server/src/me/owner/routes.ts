import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../../accounts/accounts.ts'
import { type Cookie, isInWechat } from '../../http/cookie.ts'
import { askedOf, pages, withAsked } from '../../http/pages.ts'
import type { Phone } from '../../http/phone.ts'
import type { View } from '../../http/view.ts'
import type { Login } from '../../login/login.ts'
import type { OauthStart, PhoneSession } from '../../oauth/oauth.ts'
import type { Proof } from '../../resets/resets.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Db } from '../../store/store.ts'
import type { Users } from '../../users/users.ts'

/** Whose page it is: by a session of this browser, or by what WeChat has just proved of this phone. */
export interface Owner {
  userId: string
  sessionId: string | undefined
  proof: Proof
  formToken: string
  /** Shown within ten minutes. */
  isFresh: boolean
}

export interface Owning {
  /** @returns `unknown` for a WeChat that was proved and belongs to nobody here */
  of(request: FastifyRequest): Promise<Owner | 'unknown' | undefined>
  /** Has the visitor show who they are: on the phone by WeChat itself, elsewhere by a login. Then they are at `path`. */
  identify(request: FastifyRequest, reply: FastifyReply, path: '/me' | '/me/password'): Promise<FastifyReply>
  /** Whether a form of this owner's page sent it. */
  isSent(request: FastifyRequest, owner: Owner, presented: unknown): boolean
  /** The same page by other accounts, for somebody whom this one does not know. */
  others(request: FastifyRequest, path: '/me' | '/me/password'): { name: string; url: string }[]
}

export function createOwning(deps: {
  users: Users
  accounts: Accounts
  login: Pick<Login, 'ways'>
  sessions: Sessions
  session: Cookie
  phone: Phone<OauthStart, PhoneSession>
  store: { db: Db }
  view: View
}): Owning {
  const { users, accounts, login, sessions, session, phone } = deps
  const page = pages(deps.view)
  const about = (appid: string) => `me ${appid}`
  const able = () => accounts.list().filter(({ capabilities }) => capabilities.webOauth)

  /** What the phone has proved; of the account that the address names, where it names one. */
  function proofOf(request: FastifyRequest) {
    const { account } = askedOf(request)
    for (const { appid } of able().filter((one) => account === undefined || one.appid === account)) {
      const proof = phone.held(request, about(appid))
      if (proof) return { ...proof, appid }
    }
    return undefined
  }

  return {
    async of(request) {
      const cookie = session.read(request)
      const held = await sessions.find(cookie)
      if (held && cookie) {
        const formToken = sessions.formToken(cookie)
        const proof = { sessionId: held.id }
        return { userId: held.userId, sessionId: held.id, proof, formToken, isFresh: sessions.isFresh(held) }
      }
      const shown = proofOf(request)
      if (!shown) return undefined
      const { appid, formToken } = shown
      const index = shown.session.openidIndex
      const userId = await users.findOfWechat(deps.store.db, appid, index)
      const proof = { wechat: { appid, index } }
      return userId ? { userId, sessionId: undefined, proof, formToken, isFresh: true } : 'unknown'
    },
    async identify(request, reply, path) {
      const { account } = askedOf(request)
      const chosen = account === undefined ? able()[0] : able().find(({ appid }) => appid === account)
      if (isInWechat(request) && chosen)
        return phone.prove(request, reply, { appid: chosen.appid, about: about(chosen.appid), path })
      // The login page says so where nobody can, or not by this account.
      if (login.ways().length === 0) return page(request, reply, { name: 'done', done: 'no_account' }, 409)
      return reply.redirect(withAsked('/login', { account, to: path === '/me/password' ? 'password' : undefined }), 302)
    },
    isSent(request, owner, presented) {
      const token = typeof presented === 'string' ? presented : ''
      const cookie = session.read(request)
      if (owner.sessionId !== undefined && cookie) return sessions.isFormToken(cookie, token)
      return able().some(({ appid }) => phone.heldBySender(request, about(appid)) !== undefined)
    },
    others(request, path) {
      const here = proofOf(request)?.appid
      return able()
        .filter(({ appid }) => appid !== here)
        .map(({ appid, name }) => ({ name, url: withAsked(path, { account: appid }) }))
    },
  }
}
