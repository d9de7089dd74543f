import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { DomainError } from '../errors.ts'
import { type FlowView, isFinal } from '../flows/flows.ts'
import { type Cookie, createCookie, isFromHere, isInWechat } from '../http/cookie.ts'
import { forPeople, localeOf, pages } from '../http/pages.ts'
import type { Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import type { Login } from './login.ts'

const flowSeconds = 600

/** The page at which a person logs in to Hufu itself: by the widget, or by plain forms where no script runs. */
export function loginRoutes(
  server: Server,
  deps: { login: Login; session: Cookie; view: View; publicUrl: () => string },
): void {
  const { login, session, publicUrl } = deps
  const page = pages(deps.view)
  const kept = createCookie({ name: 'login', seconds: flowSeconds, publicUrl })

  /** What this browser began; the cookie holds the flow's own secret, so nobody can name another's. */
  async function found(request: FastifyRequest): Promise<{ flow: FlowView; secret: string } | undefined> {
    const [id = '', secret = ''] = (kept.read(request) ?? '').split('.')
    const live = /^fl_[a-z2-7]{26}$/.test(id) ? await login.find(id) : undefined
    return live && live.secret === secret ? live : undefined
  }

  async function begin(request: FastifyRequest, reply: FastifyReply) {
    const started = await login.start({
      ip: request.ip,
      userAgent: request.headers['user-agent'],
      locale: localeOf(request.headers['accept-language'], 'zh-CN'),
    })
    kept.set(reply, `${started.flow.id}.${started.secret}`)
    return started
  }

  async function finish(request: FastifyRequest, reply: FastifyReply, completionCode: string): Promise<string> {
    const live = await found(request)
    if (!live) throw new DomainError('not_found')
    const result = await login.finish(live.flow.id, completionCode)
    kept.clear(reply)
    if (result === 'unknown') return '/login/unknown'
    session.set(reply, result.cookie)
    return '/me'
  }

  function refuseForeign(request: FastifyRequest): void {
    if (!isFromHere(request, publicUrl())) throw new DomainError('origin_not_allowed')
  }

  server.post(
    '/login/start',
    { schema: { hide: true, body: Type.Object({ renew: Type.Optional(Type.Boolean()) }) } },
    async (request, reply) => {
      refuseForeign(request)
      const live = request.body.renew ? undefined : await found(request)
      const { flow, secret } = live && !isFinal(live.flow.state) ? live : await begin(request, reply)
      reply.header('cache-control', 'no-store')
      return { ...flow, secret, hufu: publicUrl() }
    },
  )
  server.post(
    '/login/finish',
    { schema: { hide: true, body: Type.Object({ completion_code: Type.String({ minLength: 1, maxLength: 128 }) }) } },
    async (request, reply) => {
      refuseForeign(request)
      reply.header('cache-control', 'no-store')
      return { redirect: await finish(request, reply, request.body.completion_code) }
    },
  )

  /** One step without scripts: the phone's digits if it shows some, then what the flow has come to. */
  async function step(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = (request.body ?? {}) as Record<string, unknown>
    if (!isFromHere(request, publicUrl()))
      return page(request, reply, { name: 'form_expired', retryUrl: '/login' }, 403)
    const live = await found(request)
    if (form.do === 'begin' || !live || isFinal(live.flow.state)) {
      await begin(request, reply)
      return reply.redirect('/login?plain', 303)
    }
    try {
      if (live.flow.next === 'enter_code')
        await login.enterCode(live.flow.id, typeof form.code === 'string' ? form.code : '')
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return show(request, reply, error.code === 'code_invalid' ? 'code_invalid' : 'over')
    }
    const now = await login.find(live.flow.id)
    const code = now?.flow.completion_code
    if (code === undefined) return show(request, reply, now && isFinal(now.flow.state) ? 'over' : 'not_confirmed')
    return reply.redirect(await finish(request, reply, code), 303)
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    wrong?: 'code_invalid' | 'not_confirmed' | 'over',
  ): Promise<FastifyReply> {
    const live = 'plain' in (request.query as object) || request.method === 'POST' ? await found(request) : undefined
    const plain = live && { svg: live.flow.qr.svg, asksCode: live.flow.next === 'enter_code', wrong }
    return page(request, withWidget(reply), { name: 'login', plain }, wrong ? 422 : 200)
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/login', { schema: { hide: true } }, (request, reply) =>
      isInWechat(request) ? reply.redirect('/me', 302) : show(request, reply),
    )
    scope.post('/login/plain', { schema: { hide: true } }, step)
    scope.get('/login/unknown', { schema: { hide: true } }, (request, reply) =>
      page(request, reply, { name: 'done', done: 'unknown_person' }, 200),
    )
  })
}

/** The one hosted page that runs a script: the widget, which speaks to this origin. */
function withWidget(reply: FastifyReply): FastifyReply {
  const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  return reply.header('content-security-policy', policy)
}
