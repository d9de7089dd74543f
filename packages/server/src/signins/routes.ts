import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Apps } from '../apps/apps.ts'
import { forPeople, pages } from '../http/pages.ts'
import type { Phone } from '../http/phone.ts'
import type { Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import type { OauthStart, PhoneSession } from '../oauth/oauth.ts'
import type { SignIn, SignIns } from './signins.ts'

/** “Not me”, from the notice in the chat. Only the WeChat that the notice went to may say so. */
export function signInRoutes(
  server: Server,
  deps: { signIns: SignIns; apps: Apps; phone: Phone<OauthStart, PhoneSession>; view: View },
): void {
  const { signIns, apps, phone } = deps
  const page = pages(deps.view)

  async function found(request: FastifyRequest): Promise<{ signIn: SignIn; path: string } | undefined> {
    const { token } = request.params as { token: string }
    const id = signIns.ofToken(token)
    const signIn = id === undefined ? undefined : await signIns.find(id)
    return signIn && { signIn, path: `/not-me/${token}` }
  }

  async function show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const known = await found(request)
    if (!known) return page(request, reply, { name: 'not_found' }, 404)
    const { signIn, path } = known
    const held = phone.held(request, signIn.id)
    if (!held) return phone.prove(request, reply, { appid: signIn.appid, about: signIn.id, path })
    if (held.session.openidIndex !== signIn.openidIndex) {
      return page(request, reply, { name: 'wrong_wechat_user' }, 403)
    }
    if (signIn.disowned) return page(request, reply, { name: 'done', done: 'disowned' }, 200)
    const { kind, purpose, browser, at } = signIn
    const subject = apps.find(signIn.appId)?.name ?? ''
    const facts = { kind, purpose, browser, at }
    const question = { question: 'disown', id: signIn.id, subject, facts, isEither: true } as const
    return page(request, reply, { name: 'ask', ...question, action: path, formToken: held.formToken }, 200)
  }

  async function disown(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const known = await found(request)
    if (!known) return page(request, reply, { name: 'not_found' }, 404)
    const held = phone.heldBySender(request, known.signIn.id)
    if (!held) return page(request, reply, { name: 'form_expired', retryUrl: known.path }, 403)
    const { openidIndex } = held.session
    const { do: answer } = (request.body ?? {}) as Record<string, unknown>
    if (answer === 'was_me') return page(request, reply, { name: 'done', done: 'was_me' }, 200)
    const outcome = await signIns.disown(known.signIn.id, { appid: known.signIn.appid, openidIndex })
    if (outcome === 'not_found') return page(request, reply, { name: 'wrong_wechat_user' }, 403)
    return page(request, reply, { name: 'done', done: 'disowned' }, 200)
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/not-me/:token', { schema: { hide: true } }, show)
    scope.post('/not-me/:token', { schema: { hide: true } }, disown)
  })
}
