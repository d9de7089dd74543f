import { type Flow, type FlowInput, HufuError, type Redemption } from '@hufu/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Links } from '../links.ts'
import type { FlowKind, Session, Sessions } from '../sessions.ts'
import type { User, Users } from '../users.ts'
import type { Visits } from '../visits.ts'

interface WechatDeps {
  users: Users
  sessions: Sessions
  links: Links
  visits: Visits
  hufuUrl: string
}

class LoginNeeded extends Error {}

/** The two addresses the widget needs, once for logging in and once for linking. */
export function wechatRoutes(site: FastifyInstance, deps: WechatDeps): void {
  const { users, sessions, links, visits, hufuUrl } = deps
  const live = new Set(['waiting', 'scanned', 'registration_required', 'confirmed'])

  /** The flow this browser has under way, or a new one. The session keeps it, so that a reload goes on with it. */
  async function start(
    request: FastifyRequest,
    session: Session,
    input: FlowInput & { kind: FlowKind },
  ): Promise<object> {
    const { renew } = (request.body ?? {}) as { renew?: unknown }
    const kept = sessions.findFlow(session, input.kind)
    if (kept && renew !== true) {
      const flow = await find(kept.id)
      if (flow && live.has(flow.state)) return { ...flow, secret: kept.secret, hufu: hufuUrl }
    }
    const flow = await links.client().flows.create({
      ...input,
      browser_binding: session.binding,
      locale: visits.of(request).language,
      browser: { ip: request.ip, user_agent: request.headers['user-agent']?.slice(0, 1024) ?? '' },
    })
    sessions.keepFlow(session, input.kind, flow)
    return { ...flow, hufu: hufuUrl }
  }

  /** Hufu forgets flows some time after they are over: to begin anew is all there is to do then. */
  async function find(id: string): Promise<Flow | undefined> {
    try {
      return await links.client().flows.get(id)
    } catch (error) {
      if (error instanceof HufuError && error.code === 'not_found') return undefined
      throw error
    }
  }

  /** Buys the result of this browser's own flow. */
  async function redeem(
    request: FastifyRequest,
    session: Session,
    kind: FlowKind,
  ): Promise<{ id: string; redemption: Redemption }> {
    const { completion_code } = (request.body ?? {}) as { completion_code?: unknown }
    const kept = sessions.findFlow(session, kind)
    if (!kept || typeof completion_code !== 'string') throw new HufuError('not_found', 404)
    const redemption = await links.client().flows.redeem(kept.id, { completion_code, browser_binding: session.binding })
    return { id: kept.id, redemption }
  }

  function userOf(session: Session): User {
    const user = session.userId ? users.find(session.userId) : undefined
    if (!user) throw new LoginNeeded()
    return user
  }

  function route(
    path: string,
    act: (request: FastifyRequest, reply: FastifyReply, session: Session) => Promise<object>,
  ): void {
    site.post(path, async (request, reply) => {
      visits.checkOrigin(request)
      reply.header('cache-control', 'no-store')
      try {
        return await act(request, reply, visits.session(request, reply))
      } catch (error) {
        if (error instanceof LoginNeeded) return problem(reply, 401, 'login_needed')
        if (error instanceof HufuError) return refuse(reply, error)
        throw error
      }
    })
  }

  route('/wechat/login/start', (request, _reply, session) => start(request, session, { kind: 'login' }))
  route('/wechat/login/finish', async (request, reply, session) => {
    const { id, redemption } = await redeem(request, session, 'login')
    const stem = visits.of(request).language === 'en' ? 'Tea friend' : '茶友'
    const { user, isNew } = await links.userOf(id, redemption, stem)
    visits.begin(request, reply, user, isNew ? 'welcome_new' : 'logged_in')
    return { redirect: '/' }
  })
  route('/wechat/link/start', async (request, _reply, session) => {
    const { id, name, email } = userOf(session)
    return start(request, session, { kind: 'bind', external_user_id: id, display_name: email ?? name })
  })
  route('/wechat/link/finish', async (request, _reply, session) => {
    const user = userOf(session)
    try {
      const { redemption } = await redeem(request, session, 'bind')
      links.linked(user, redemption)
      sessions.leaveNotice(session, 'linked')
    } catch (error) {
      if (!isConflict(error)) throw error
      sessions.leaveNotice(session, error.code)
    }
    return { redirect: '/settings' }
  })
}

/** Somebody is linked already: nothing broke, and our settings page can say what to do. */
function isConflict(error: unknown): error is HufuError & { code: 'wechat_already_bound' | 'user_already_bound' } {
  return error instanceof HufuError && ['wechat_already_bound', 'user_already_bound'].includes(error.code)
}

/** The widget understands Hufu's own refusals; what is our trouble with Hufu is none of the visitor's. */
function refuse(reply: FastifyReply, { status, code, retryAfter }: HufuError): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return problem(reply, status === 401 || status === 403 || status < 400 ? 502 : status, code)
}

function problem(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, code }))
}
