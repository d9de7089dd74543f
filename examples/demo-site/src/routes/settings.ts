import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Links } from '../links.ts'
import { linkPage, settingsPage } from '../pages/settings.ts'
import { hashPassword } from '../passwords.ts'
import type { Sessions } from '../sessions.ts'
import type { User, Users } from '../users.ts'
import type { Visits } from '../visits.ts'
import type { Notice } from '../words.ts'

export function settingsRoutes(
  site: FastifyInstance,
  deps: { users: Users; sessions: Sessions; links: Links; visits: Visits },
): void {
  const { users, sessions, links, visits } = deps

  site.get('/settings', (request, reply) => {
    const visit = visits.of(request)
    if (!visit.user || !visit.session) return reply.redirect('/login', 303)
    return visits.show(reply, settingsPage(visit, visit.session, visit.user, users.phoneOf(visit.user.id)))
  })
  site.get('/settings/link', (request, reply) => {
    const visit = visits.of(request)
    if (!visit.user) return reply.redirect('/login', 303)
    if (visit.user.hufuUserId) return reply.redirect('/settings', 303)
    return visits.show(reply, linkPage(visit, visit.user))
  })

  /** Says that the link has changed, so that the settings page shows it without a reload by hand. */
  site.get('/settings/live', (request, reply) => {
    const { user } = visits.of(request)
    // 204 tells the browser not to come back.
    if (!user) return reply.code(204).send()
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write(': here\n\n')
    const unwatch = links.watch(user.id, () => reply.raw.write('event: link\ndata:\n\n'))
    request.raw.once('close', unwatch)
    return reply
  })

  /** A form of a logged-in user: do it, then show the settings with what came of it. */
  function form(path: string, act: (user: User, body: Record<string, unknown>) => Promise<Notice>): void {
    site.post(path, async (request: FastifyRequest, reply) => {
      const session = visits.checkForm(request)
      const user = session.userId ? users.find(session.userId) : undefined
      if (!user) return reply.redirect('/login', 303)
      sessions.leaveNotice(session, await act(user, request.body as Record<string, unknown>))
      return reply.redirect('/settings', 303)
    })
  }

  form('/settings/name', async (user, { name }) => {
    const chosen = String(name ?? '').trim()
    if (chosen === '' || chosen.length > 40) return 'invalid'
    users.rename(user.id, chosen)
    return 'renamed'
  })
  form('/settings/password', async (user, { email, password }) => {
    const address = String(email ?? '').trim()
    if (user.passwordHash || !/^[^\s@]+@[^\s@]+$/.test(address) || String(password ?? '').length < 10) return 'invalid'
    return users.setPassword(user.id, address, await hashPassword(String(password))) ? 'password_set' : 'email_taken'
  })
  form('/settings/unlink', async (user) => {
    if (!user.passwordHash) return 'last_way_in'
    await links.unlink(user)
    return 'unlinked'
  })
}
