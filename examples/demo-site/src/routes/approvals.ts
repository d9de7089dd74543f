import type { FastifyInstance } from 'fastify'
import { type ApprovalKind, type Approvals, approvalKinds } from '../approvals.ts'
import { approvalPage } from '../pages/approvals.ts'
import type { Session, Sessions } from '../sessions.ts'
import type { User, Users } from '../users.ts'
import type { Visits } from '../visits.ts'
import { words } from '../words.ts'

/** What takes a yes of the user's own WeChat: a new e-mail address by a tap, the end of the account by six digits besides. The widget's two addresses are in wechat.ts. */
export function approvalRoutes(
  site: FastifyInstance,
  { users, sessions, visits, approvals }: { users: Users; sessions: Sessions; visits: Visits; approvals: Approvals },
): void {
  const linkedUserOf = (session: Session | undefined): User | undefined => {
    const user = session?.userId ? users.find(session.userId) : undefined
    return user?.hufuUserId ? user : undefined
  }

  for (const kind of approvalKinds) {
    site.get(`/settings/${kind}`, (request, reply) => {
      const visit = visits.of(request)
      const isAsked = visit.session && linkedUserOf(visit.session) && approvals.find(visit.session, kind)
      if (!isAsked) return reply.redirect('/settings', 303)
      return visits.show(reply, approvalPage(visit, kind))
    })
    site.post(`/settings/${kind}`, async (request, reply) => {
      const session = visits.checkForm(request)
      const t = words[visits.of(request).language].reach.purposes
      const wish = wishOf(kind, request.body)
      if (!wish) sessions.leaveNotice(session, 'invalid')
      if (!wish || !linkedUserOf(session)) return reply.redirect('/settings', 303)
      // The address is part of what the phone shows: a yes to one is none to another.
      approvals.ask(session, kind, { ...wish, purpose: [t[kind], wish.email].filter(Boolean).join(' ') })
      return reply.redirect(`/settings/${kind}`, 303)
    })
  }
}

function wishOf(kind: ApprovalKind, body: unknown): { email?: string } | undefined {
  if (kind === 'delete') return {}
  const email = String((body as { email?: unknown }).email ?? '').trim()
  return /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(email) && email.length <= 40 ? { email } : undefined
}
