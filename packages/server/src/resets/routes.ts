import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isFromHere } from '../http/cookie.ts'
import { fieldOf, formErrorOf } from '../http/forms.ts'
import { forPeople, localeOf, pages, withAsked } from '../http/pages.ts'
import type { Server } from '../http/server.ts'
import type { ResetPage, View } from '../http/view.ts'
import type { Login } from '../login/login.ts'
import { equalSecrets, hashSecret, type Vault } from '../vault/vault.ts'
import type { Resets } from './resets.ts'

const cookiePattern = /^[0-9A-Za-z_-]{43}$/
const visitSeconds = 30 * 60

/** `/reset`: a new password by e-mail. The code is good in the browser that asked for it, and in no other. */
export function resetRoutes(
  server: Server,
  deps: { resets: Resets; login: Pick<Login, 'ways'>; vault: Vault; view: View; publicUrl: () => string },
): void {
  const { resets, vault, publicUrl } = deps
  const page = pages(deps.view)
  const secure = () => publicUrl().startsWith('https:')
  const cookieName = () => `${secure() ? '__Secure-' : ''}hufu_reset`
  const tokenOf = (cookie: string) => vault.derive('reset form', cookie).toString('base64url')

  function blank(cookie: string): ResetPage {
    const wechatUrl = deps.login.ways().length > 0 ? withAsked('/login', { to: 'password' }) : undefined
    return { name: 'reset', step: 'contact', contact: '', formToken: tokenOf(cookie), wechatUrl }
  }

  async function show(request: FastifyRequest, reply: FastifyReply) {
    const held = request.cookies[cookieName()] ?? ''
    const cookie = cookiePattern.test(held) ? held : randomBytes(32).toString('base64url')
    const options = { path: '/reset', httpOnly: true, sameSite: 'lax', secure: secure(), maxAge: visitSeconds } as const
    return page(request, reply.setCookie(cookieName(), cookie, options), blank(cookie), 200)
  }

  async function take(request: FastifyRequest, reply: FastifyReply) {
    const cookie = request.cookies[cookieName()] ?? ''
    if (
      !cookiePattern.test(cookie) ||
      !isFromHere(request, publicUrl()) ||
      !equalSecrets(fieldOf(request, 'form_token') ?? '', tokenOf(cookie))
    ) {
      return page(request, reply, { name: 'form_expired', retryUrl: '/reset' }, 403)
    }
    const email = fieldOf(request, 'email') ?? ''
    const code = fieldOf(request, 'code')
    const browser = hashSecret(cookie)
    const form = { ...blank(cookie), contact: email, to: email }
    const locale = localeOf(request.headers['accept-language'], 'zh-CN')
    try {
      if (code === undefined) {
        const to = await resets.begin(email, { browser, address: request.ip, locale })
        return page(request, reply, { ...form, step: 'change', to }, 200)
      }
      await resets.finish(email, { browser, code, password: fieldOf(request, 'password') ?? '', locale })
      return page(request, reply, { name: 'password_changed' }, 200)
    } catch (error) {
      const wrong = formErrorOf(error)
      const stays = code !== undefined && (wrong.error === 'code_invalid' || wrong.error.startsWith('password'))
      return page(request, reply, { ...form, step: stays ? 'change' : 'contact', ...wrong }, 422)
    }
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/reset', { schema: { hide: true } }, show)
    scope.post('/reset', { schema: { hide: true } }, take)
  })
}
