import { HufuError } from '@hufu/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Links } from '../links.ts'
import { beginPage } from '../pages/begin.ts'
import { messagePage } from '../pages/message.ts'
import { verifyPassword } from '../passwords.ts'
import type { Session, Sessions } from '../sessions.ts'
import { createTries } from '../tries.ts'
import type { User, Users } from '../users.ts'
import type { Visits } from '../visits.ts'

/** Begin in WeChat: what a person meets who opens the link that the chat gave them. All of it works without scripts. */
export function beginRoutes(
  site: FastifyInstance,
  deps: { users: Users; sessions: Sessions; links: Links; visits: Visits },
): void {
  const { users, sessions, links, visits } = deps
  const tries = createTries()

  /** Who opened the link logs in: Hufu asks them, and sends them back to us. */
  async function logIn(
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session,
    link: string,
  ): Promise<FastifyReply> {
    const flow = await links.client().links.login(link, {
      browser_binding: session.binding,
      return_to: visits.here(request, '/wechat/back'),
      locale: visits.of(request).language,
      browser: visits.browserOf(request),
    })
    sessions.keepFlow(session, 'login', flow)
    return reply.redirect(flow.wechat_url ?? '/', 303)
  }

  /** Our user is who opened the link; Hufu asks the WeChat it was given to. */
  async function claim(
    request: FastifyRequest,
    reply: FastifyReply,
    { id, name, email }: User,
    link: string,
  ): Promise<FastifyReply> {
    const { continue_url } = await links.client().links.claim(link, {
      external_user_id: id,
      display_name: email ?? name,
      return_to: visits.here(request, '/wechat/linked'),
      locale: visits.of(request).language,
    })
    return reply.redirect(continue_url, 303)
  }

  function route(
    method: 'GET' | 'POST',
    url: string,
    act: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  ): void {
    site.route({
      method,
      url,
      async handler(request, reply) {
        try {
          return await act(request, reply)
        } catch (error) {
          if (!(error instanceof HufuError) || error.passes) throw error
          // Used, too old, claimed by somebody else, not ours: a new link of the chat mends all of it.
          return visits.show(reply.code(410), messagePage(visits.of(request), 'linkOver'))
        }
      },
    })
  }

  const linkOf = (values: unknown) => String((values as Record<string, unknown>).link ?? '')

  route('GET', '/wechat/begin', async (request, reply) => {
    const link = linkOf(request.query)
    const session = visits.session(request, reply)
    const { known } = await links.client().links.get(link)
    if (known) return logIn(request, reply, session, link)
    return visits.show(reply, beginPage(visits.of(request), session, link))
  })
  route('POST', '/wechat/begin/new', (request, reply) =>
    logIn(request, reply, visits.checkForm(request), linkOf(request.body)),
  )
  route('POST', '/wechat/begin/claim', async (request, reply) => {
    const { userId } = visits.checkForm(request)
    const user = userId ? users.find(userId) : undefined
    return user ? claim(request, reply, user, linkOf(request.body)) : reply.redirect('/login', 303)
  })
  route('POST', '/wechat/begin/password', async (request, reply) => {
    const session = visits.checkForm(request)
    const body = request.body as Record<string, unknown>
    const [link, email, password] = [linkOf(body), String(body.email ?? ''), String(body.password ?? '')]
    const user = users.findByEmail(email)
    const name = `${request.ip} ${user?.id ?? ''}`
    const again = (status: number, problem: 'wrongPassword' | 'tooManyTries') =>
      visits.show(reply.code(status), beginPage(visits.of(request), session, link, { problem, email }))
    if (!tries.take(name)) return again(429, 'tooManyTries')
    if (!(await verifyPassword(password, user?.passwordHash)) || !user) return again(401, 'wrongPassword')
    tries.forget(name)
    visits.begin(request, reply, user, 'logged_in')
    return claim(request, reply, user, link)
  })

  /** Back from Hufu after a yes: this session's own flow buys who it was. */
  route('GET', '/wechat/back', async (request, reply) => {
    const session = visits.session(request, reply)
    const kept = sessions.findFlow(session, 'login')
    if (!kept) return reply.redirect('/login', 303)
    const { id, secret } = kept
    const redemption = await links.client().flows.finish(id, { secret, browser_binding: session.binding })
    const stem = visits.of(request).language === 'en' ? 'Tea friend' : '茶友'
    const { user, isNew } = await links.userOf(id, redemption, stem)
    visits.begin(request, reply, user, isNew ? 'welcome_new' : 'logged_in')
    return reply.redirect('/', 303)
  })
  route('GET', '/wechat/linked', async (request, reply) => {
    const { user, session } = visits.of(request)
    if (!user || !session) return reply.redirect('/login', 303)
    await links.refresh(user.id)
    if (users.find(user.id)?.hufuUserId) sessions.leaveNotice(session, 'linked_from_chat')
    return reply.redirect('/settings', 303)
  })
}
