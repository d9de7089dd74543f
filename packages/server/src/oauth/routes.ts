import type { FastifyReply, FastifyRequest } from 'fastify'
import { forPeople, pages } from '../http/pages.ts'
import type { Phone } from '../http/phone.ts'
import type { Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import { type Oauth, type OauthStart, type PhoneSession, type ProvedPerson, statePattern } from './oauth.ts'

/** Where WeChat sends the phone back. Whoever it was about then says whether this person may see it. */
export function oauthRoutes(
  server: Server,
  deps: {
    oauth: Oauth
    phone: Phone<OauthStart, PhoneSession>
    /** Whether what it was about lets this person see it; if not, why. Hears, besides, what WeChat told of the person. */
    admits(session: PhoneSession, person: ProvedPerson): Promise<true | 'taken' | 'not_theirs' | 'wrong_wechat_user'>
    view: View
  },
): void {
  const { oauth, phone } = deps
  const page = pages(deps.view)

  async function finish(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { appid } = request.params as { appid: string }
    const { state, code } = request.query as Record<string, unknown>
    const browser = phone.browserOf(request)
    if (typeof state !== 'string' || !statePattern.test(state) || browser === undefined) {
      return page(request, reply, { name: 'state_invalid' }, 400)
    }
    const answer = await oauth.finish({ appid, state, browser, code: typeof code === 'string' ? code : undefined })
    switch (answer.outcome) {
      case 'proved': {
        const { about, person } = answer
        const session = { about, openid: person.openid, openidIndex: person.openidIndex }
        const admitted = await deps.admits(session, person)
        if (admitted !== true) return page(request, reply, { name: admitted }, 403)
        return phone.keep(reply, answer.path, session).redirect(answer.path, 303)
      }
      case 'state_invalid':
        return page(request, reply, { name: 'state_invalid' }, 400)
      case 'declined':
        if (answer.isOptional) return reply.redirect(answer.path, 303)
        return page(request, reply, { name: 'oauth_declined', retryUrl: answer.path }, 200)
      case 'restart':
        return page(request, reply, { name: 'oauth_restart', retryUrl: answer.path }, 200)
      case 'snapshot_user':
        return page(request, reply, { name: 'snapshot_user', retryUrl: answer.path }, 409)
      case 'unavailable':
        return page(request, reply, { name: 'oauth_unavailable', retryUrl: answer.path }, 502)
    }
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/oauth/wechat/:appid', { schema: { hide: true } }, finish)
  })
}
