import { HufuError } from '@hufu/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Challenges } from '../challenges.ts'
import type { Links } from '../links.ts'
import { type CodeProblem, phonePage } from '../pages/phone.ts'
import type { Session, Sessions } from '../sessions.ts'
import type { User, Users } from '../users.ts'
import type { Visits } from '../visits.ts'
import { words } from '../words.ts'

/** A new phone number: something that takes a code, sent to the WeChat of whoever asks. */
export function phoneRoutes(
  site: FastifyInstance,
  deps: { users: Users; sessions: Sessions; links: Links; visits: Visits; challenges: Challenges },
): void {
  const { users, sessions, links, visits, challenges } = deps

  const show = (request: FastifyRequest, reply: FastifyReply, session: Session, problem?: CodeProblem) =>
    visits.show(reply, phonePage(visits.of(request), session, challenges.find(session), problem))

  function route(
    method: 'GET' | 'POST',
    url: string,
    act: (request: FastifyRequest, reply: FastifyReply, session: Session, user: User) => Promise<FastifyReply>,
  ): void {
    site.route({
      method,
      url,
      async handler(request, reply) {
        const session = method === 'POST' ? visits.checkForm(request) : visits.session(request, reply)
        const user = session.userId ? users.find(session.userId) : undefined
        if (!user) return reply.redirect('/login', 303)
        if (!user.hufuUserId) return reply.redirect('/settings', 303)
        return act(request, reply, session, user)
      },
    })
  }

  route('GET', '/settings/phone', async (request, reply, session) => show(request, reply, session))
  route('POST', '/settings/phone', async (request, reply, session, user) => {
    const phone = String((request.body as { phone?: unknown }).phone ?? '').replace(/[\s-]/g, '')
    if (!/^\+?\d{7,15}$/.test(phone)) {
      sessions.leaveNotice(session, 'invalid')
      return reply.redirect('/settings', 303)
    }
    const { language } = visits.of(request)
    const purpose = `${words[language].reach.purpose} …${phone.slice(-4)}`
    try {
      const { id } = await links.client().codes.send({
        user: user.id,
        purpose,
        browser_binding: session.binding,
        locale: language,
        browser: visits.browserOf(request),
      })
      challenges.keep(session, { codeId: id, phone, purpose })
      return reply.redirect('/settings/phone', 303)
    } catch (error) {
      if (!(error instanceof HufuError)) throw error
      return show(request, reply.code(429), session, { kind: 'wait' })
    }
  })
  route('POST', '/settings/phone/code', async (request, reply, session, user) => {
    const challenge = challenges.find(session)
    if (!challenge) return reply.redirect('/settings', 303)
    const code = String((request.body as { code?: unknown }).code ?? '')
    try {
      const { codeId, purpose } = challenge
      await links.client().codes.check(codeId, { code, purpose, browser_binding: session.binding })
    } catch (error) {
      if (!(error instanceof HufuError)) throw error
      const left = error.triesLeft ?? 0
      const kind = error.code !== 'code_invalid' ? 'wait' : left > 0 ? 'wrong' : 'over'
      return show(request, reply.code(kind === 'wait' ? 429 : 401), session, { kind, left })
    }
    users.setPhone(user.id, challenge.phone)
    sessions.leaveNotice(session, 'phone_changed')
    return reply.redirect('/settings', 303)
  })
}
