import { type Flow, type FlowInput, HufuError, type Redemption } from '@hufu/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Approvals, approvalKinds } from '../approvals.ts'
import type { Links } from '../links.ts'
import type { PasswordLeaves } from '../password-leaves.ts'
import type { FlowKind, Session, Sessions } from '../sessions.ts'
import type { User, Users } from '../users.ts'
import type { Visits } from '../visits.ts'
import { words } from '../words.ts'

interface WechatDeps {
  users: Users
  sessions: Sessions
  links: Links
  visits: Visits
  passwordLeaves: PasswordLeaves
  approvals: Approvals
  hufuUrl: string
}

class LoginNeeded extends Error {}

/** The two addresses the widget needs: for logging in, for linking, for a forgotten password, and for what takes a yes. */
export function wechatRoutes(site: FastifyInstance, deps: WechatDeps): void {
  const { users, sessions, links, visits, passwordLeaves, approvals, hufuUrl } = deps
  const live = new Set(['waiting', 'scanned', 'registration_required', 'confirmed'])

  /** The flow this browser has under way, or a new one. The session keeps it, so that a reload goes on with it. */
  async function start(request: FastifyRequest, session: Session, kind: FlowKind, input: FlowInput): Promise<object> {
    const { renew } = (request.body ?? {}) as { renew?: unknown }
    const kept = sessions.findFlow(session, kind)
    if (kept && renew !== true) {
      const flow = await find(kept.id)
      // A yes to another wish is none to this one.
      if (flow && live.has(flow.state) && flow.purpose === input.purpose)
        return { ...flow, secret: kept.secret, hufu: hufuUrl }
    }
    const flow = await links.client().flows.create({
      ...input,
      browser_binding: session.binding,
      locale: visits.of(request).language,
      browser: visits.browserOf(request),
    })
    sessions.keepFlow(session, kind, flow)
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
    purpose?: string,
  ): Promise<{ id: string; redemption: Redemption }> {
    const { completion_code } = (request.body ?? {}) as { completion_code?: unknown }
    const kept = sessions.findFlow(session, kind)
    if (!kept || typeof completion_code !== 'string') throw new HufuError('not_found', 404)
    const redemption = await links.client().flows.redeem(kept.id, {
      completion_code,
      browser_binding: session.binding,
      ...(purpose !== undefined && { purpose }),
    })
    return { id: kept.id, redemption }
  }

  function userOf(session: Session): User {
    const user = session.userId ? users.find(session.userId) : undefined
    if (!user) throw new LoginNeeded()
    return user
  }

  /**
   * Only a start makes a session. Two tabs finish one login at once: the later would find the former session gone, and a new one's
   * cookie would take the place of the one that the earlier has just logged in.
   */
  function heldBy(request: FastifyRequest): Session {
    const { session } = visits.of(request)
    if (!session) throw new HufuError('not_found', 404)
    return session
  }

  function route(
    path: string,
    act: (request: FastifyRequest, reply: FastifyReply, session: Session) => Promise<object>,
  ): void {
    site.post(path, async (request, reply) => {
      visits.checkOrigin(request)
      reply.header('cache-control', 'no-store')
      try {
        return await act(request, reply, path.endsWith('/start') ? visits.session(request, reply) : heldBy(request))
      } catch (error) {
        if (error instanceof LoginNeeded) return problem(reply, 401, 'login_needed')
        if (error instanceof HufuError) return refuse(reply, error)
        throw error
      }
    })
  }

  route('/wechat/login/start', (request, _reply, session) => start(request, session, 'login', { kind: 'login' }))
  route('/wechat/login/finish', async (request, reply, session) => {
    const { id, redemption } = await redeem(request, session, 'login')
    const stem = visits.of(request).language === 'en' ? 'Tea friend' : '茶友'
    const { user, isNew } = await links.userOf(id, redemption, stem)
    visits.begin(request, reply, user, isNew ? 'welcome_new' : 'logged_in')
    return { redirect: '/' }
  })
  // It says on the phone what it is for, and asks for six digits, whatever the app asks for otherwise. No user is named: nobody learns who has an account.
  const forgotten = (request: FastifyRequest) => words[visits.of(request).language].reach.newPassword
  route('/wechat/forgotten/start', (request, _reply, session) =>
    start(request, session, 'forgotten', { kind: 'verify', purpose: forgotten(request), assurance: 'code' }),
  )
  route('/wechat/forgotten/finish', async (request, reply, session) => {
    const { redemption } = await redeem(request, session, 'forgotten', forgotten(request))
    const id = redemption.user?.external_user_id
    const user = id ? users.find(id) : undefined
    if (!user?.passwordHash) {
      sessions.leaveNotice(session, 'no_password')
      return { redirect: '/login' }
    }
    const fresh = visits.begin(request, reply, undefined, 'proved')
    passwordLeaves.give(fresh, user)
    return { redirect: '/forgotten/password' }
  })
  route('/wechat/link/start', async (request, _reply, session) => {
    const { id, name, email } = userOf(session)
    return start(request, session, 'bind', { kind: 'bind', external_user_id: id, display_name: email ?? name })
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
  for (const kind of approvalKinds) {
    const askedBy = (session: Session) => {
      const asked = approvals.find(session, kind)
      if (!asked) throw new HufuError('not_found', 404)
      return { user: userOf(session), ...asked }
    }
    route(`/wechat/${kind}/start`, async (request, _reply, session) => {
      const { user, purpose } = askedBy(session)
      // Only the user's own WeChat may say yes; to what cannot be undone, with six digits besides.
      const asked = { kind: 'verify', purpose, user: user.id, display_name: user.email ?? user.name } as const
      return start(request, session, kind, { ...asked, ...(kind === 'delete' && { assurance: 'code' }) })
    })
    route(`/wechat/${kind}/finish`, async (request, reply, session) => {
      const { user, purpose, email } = askedBy(session)
      const { redemption } = await redeem(request, session, kind, purpose)
      if (redemption.user?.external_user_id !== user.id) throw new HufuError('not_found', 404)
      approvals.end(session, kind)
      if (kind === 'email') {
        const isFree = users.setEmail(user.id, email ?? '')
        sessions.leaveNotice(session, isFree ? 'email_changed' : 'email_taken')
        return { redirect: '/settings' }
      }
      await links.unlink(user)
      users.remove(user.id)
      visits.begin(request, reply, undefined, 'account_deleted')
      return { redirect: '/' }
    })
  }
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
