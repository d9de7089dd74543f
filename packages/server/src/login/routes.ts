import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { DomainError } from '../errors.ts'
import { type FlowView, isFinal } from '../flows/flows.ts'
import { type Cookie, createCookie, isFromHere, isInWechat } from '../http/cookie.ts'
import { askedOf, forPeople, localeOf, pages, withAsked } from '../http/pages.ts'
import type { Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import type { Login, Way } from './login.ts'

const flowSeconds = 600
type Wrong = 'code_invalid' | 'not_confirmed' | 'over'

/** The page at which a person logs in to Hufu itself: by the widget, or by plain forms where no script runs. */
export function loginRoutes(
  server: Server,
  deps: { login: Login; session: Cookie; view: View; publicUrl: () => string },
): void {
  const { login, session, publicUrl } = deps
  const page = pages(deps.view)
  const kept = createCookie({ name: 'login', seconds: flowSeconds, publicUrl })

  /** The account that the address names, else the first. */
  function wayOf(request: FastifyRequest): Way | undefined {
    const { account } = askedOf(request)
    const ways = login.ways()
    return account === undefined ? ways[0] : ways.find(({ appid }) => appid === account)
  }

  /** What this browser began; the cookie holds the flow's own secret, so nobody can name another's. */
  async function found(request: FastifyRequest): Promise<{ flow: FlowView; secret: string } | undefined> {
    const [id = '', secret = ''] = (kept.read(request) ?? '').split('.')
    const live = /^fl_[a-z2-7]{26}$/.test(id) ? await login.find(id) : undefined
    return live && live.secret === secret ? live : undefined
  }

  /** The same, where it is of the account that the page is about. */
  async function foundHere(request: FastifyRequest) {
    const live = await found(request)
    return live?.flow.account.appid === wayOf(request)?.appid ? live : undefined
  }

  async function begin(request: FastifyRequest, reply: FastifyReply) {
    const started = await login.start({
      ip: request.ip,
      userAgent: request.headers['user-agent'],
      locale: localeOf(request.headers['accept-language'], 'zh-CN'),
      account: wayOf(request)?.appid ?? '',
    })
    kept.set(reply, `${started.flow.id}.${started.secret}`)
    return started
  }

  async function finish(request: FastifyRequest, reply: FastifyReply, completionCode: string): Promise<string> {
    const live = await found(request)
    if (!live) throw new DomainError('not_found')
    const result = await login.finish(live.flow.id, completionCode)
    kept.clear(reply)
    const { to } = askedOf(request)
    if (result === 'unknown') {
      const account = login.ways().length > 1 ? live.flow.account.appid : undefined
      return withAsked('/login/unknown', { account, to })
    }
    session.set(reply, result.cookie)
    return to === 'password' ? '/me/password' : '/me'
  }

  function refuseForeign(request: FastifyRequest): void {
    if (!isFromHere(request, publicUrl())) throw new DomainError('origin_not_allowed')
  }

  server.post(
    '/login/start',
    { schema: { hide: true, body: Type.Object({ renew: Type.Optional(Type.Boolean()) }) } },
    async (request, reply) => {
      refuseForeign(request)
      const live = request.body.renew ? undefined : await foundHere(request)
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
    const retryUrl = withAsked('/login', askedOf(request))
    if (!isFromHere(request, publicUrl())) return page(request, reply, { name: 'form_expired', retryUrl }, 403)
    const way = wayOf(request)
    if (!way) return refuse(request, reply)
    const live = await foundHere(request)
    if (form.do === 'begin' || !live || isFinal(live.flow.state)) {
      await begin(request, reply)
      return reply.redirect(withAsked('/login', { ...askedOf(request), plain: '' }), 303)
    }
    const code = typeof form.code === 'string' ? form.code : ''
    // Who comes from the phone has seen no field for its digits yet: to be asked for them is no wrong try.
    if (live.flow.next === 'enter_code' && code === '') return show(request, reply, way)
    try {
      if (live.flow.next === 'enter_code') await login.enterCode(live.flow.id, code)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return show(request, reply, way, error.code === 'code_invalid' ? 'code_invalid' : 'over')
    }
    const now = await login.find(live.flow.id)
    const bought = now?.flow.completion_code
    if (bought === undefined)
      return show(request, reply, way, now && isFinal(now.flow.state) ? 'over' : 'not_confirmed')
    return reply.redirect(await finish(request, reply, bought), 303)
  }

  /** The account that was named lets nobody in; or none does. */
  function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (login.ways().length === 0) return page(request, reply, { name: 'done', done: 'no_account' }, 409)
    const wayUrl = withAsked('/login', { to: askedOf(request).to })
    return page(request, reply, { name: 'done', done: 'unfit_account', wayUrl }, 404)
  }

  async function show(request: FastifyRequest, reply: FastifyReply, way: Way, wrong?: Wrong): Promise<FastifyReply> {
    const { to } = askedOf(request)
    const isPlain = 'plain' in (request.query as object) || request.method === 'POST'
    const live = isPlain ? await foundHere(request) : undefined
    // The chat asks for the digits of the page: they are the answer to a step that came too early.
    const number = live?.flow.number
    const told = number !== undefined && wrong === 'not_confirmed' ? undefined : wrong
    const plain = live && {
      svg: live.flow.qr.svg,
      chatCode: live.flow.chat_code,
      number,
      asksCode: live.flow.next === 'enter_code',
      wrong: told,
    }
    const others = login.ways().filter(({ appid }) => appid !== way.appid)
    return page(
      request,
      withWidget(reply),
      {
        name: 'login',
        query: withAsked('', { account: way.appid, to }),
        isForPassword: to === 'password',
        account: way.name,
        others: others.map(({ appid, name }) => ({ name, url: withAsked('/login', { account: appid, to }) })),
        plain,
      },
      told ? 422 : 200,
    )
  }

  /** Nobody here is known by this WeChat; perhaps by another account's. */
  function showUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { account, to } = askedOf(request)
    const others = login.ways().filter(({ appid }) => appid !== account)
    const ways = others.map(({ appid, name }) => ({ name, url: withAsked('/login', { account: appid, to }) }))
    if (to === 'password') return page(request, reply, { name: 'done', done: 'no_email', wayUrl: '/reset', ways }, 200)
    return page(request, reply, { name: 'done', done: 'unknown_person', ways }, 200)
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/login', { schema: { hide: true } }, (request, reply) => {
      const way = wayOf(request)
      if (!way) return refuse(request, reply)
      const { account, to } = askedOf(request)
      // WeChat itself says who holds the phone, where the account may ask.
      return isInWechat(request) && way.isInWechat
        ? reply.redirect(withAsked(to === 'password' ? '/me/password' : '/me', { account }), 302)
        : show(request, reply, way)
    })
    scope.post('/login/plain', { schema: { hide: true } }, step)
    scope.get('/login/unknown', { schema: { hide: true } }, showUnknown)
  })
}

/** The one hosted page that runs a script: the widget, which speaks to this origin. */
function withWidget(reply: FastifyReply): FastifyReply {
  const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  return reply.header('content-security-policy', policy)
}
