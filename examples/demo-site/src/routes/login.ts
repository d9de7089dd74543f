import type { FastifyInstance } from 'fastify'
import { loginPage } from '../pages/login.ts'
import { verifyPassword } from '../passwords.ts'
import { createTries } from '../tries.ts'
import type { Users } from '../users.ts'
import type { Visits } from '../visits.ts'

/** The site's own login, with a password. */
export function loginRoutes(site: FastifyInstance, { users, visits }: { users: Users; visits: Visits }): void {
  const tries = createTries()

  site.get('/login', (request, reply) => {
    const visit = visits.of(request)
    if (visit.user) return reply.redirect('/settings', 303)
    const session = visits.session(request, reply)
    return visits.show(reply, loginPage(visit, session))
  })
  site.post('/login', async (request, reply) => {
    const session = visits.checkForm(request)
    const body = request.body as Record<string, unknown>
    const [email, password] = [String(body.email ?? ''), String(body.password ?? '')]
    const user = users.findByEmail(email)
    const name = `${request.ip} ${user?.id ?? ''}`
    if (!tries.take(name)) {
      return visits.show(reply.code(429), loginPage(visits.of(request), session, { problem: 'tooManyTries', email }))
    }
    if (!(await verifyPassword(password, user?.passwordHash)) || !user) {
      return visits.show(reply.code(401), loginPage(visits.of(request), session, { problem: 'wrongPassword', email }))
    }
    tries.forget(name)
    visits.begin(request, reply, user, 'logged_in')
    return reply.redirect('/', 303)
  })
  site.post('/logout', async (request, reply) => {
    visits.checkForm(request)
    visits.begin(request, reply, undefined, 'logged_out')
    return reply.redirect('/', 303)
  })
}
