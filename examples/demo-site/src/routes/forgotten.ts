import type { FastifyInstance } from 'fastify'
import { forgottenPage, newPasswordPage } from '../pages/forgotten.ts'
import type { PasswordLeaves } from '../password-leaves.ts'
import { hashPassword } from '../passwords.ts'
import type { Sessions } from '../sessions.ts'
import type { Users } from '../users.ts'
import type { Visits } from '../visits.ts'

/** A forgotten password: whoever shows the WeChat of an account sets a new one. The widget's two addresses are in wechat.ts. */
export function forgottenRoutes(
  site: FastifyInstance,
  deps: { users: Users; sessions: Sessions; visits: Visits; passwordLeaves: PasswordLeaves },
): void {
  const { users, sessions, visits, passwordLeaves } = deps

  site.get('/forgotten', (request, reply) => {
    visits.session(request, reply)
    return visits.show(reply, forgottenPage(visits.of(request)))
  })
  site.get('/forgotten/password', (request, reply) => {
    const visit = visits.of(request)
    const id = visit.session && passwordLeaves.find(visit.session)
    const user = id ? users.find(id) : undefined
    if (!visit.session || !user?.email) return reply.redirect('/forgotten', 303)
    return visits.show(reply, newPasswordPage(visit, visit.session, user.email))
  })
  site.post('/forgotten/password', async (request, reply) => {
    const session = visits.checkForm(request)
    const id = passwordLeaves.find(session)
    const user = id ? users.find(id) : undefined
    if (!user?.email) return reply.redirect('/forgotten', 303)
    const password = String((request.body as { password?: unknown }).password ?? '')
    if (password.length < 10) {
      sessions.leaveNotice(session, 'invalid')
      return reply.redirect('/forgotten/password', 303)
    }
    users.setPassword(user.id, user.email, await hashPassword(password))
    // Whoever knew the old password is in no more.
    sessions.removeAllOf(user.id)
    passwordLeaves.endAllOf(user)
    visits.begin(request, reply, user, 'password_set')
    return reply.redirect('/', 303)
  })
}
