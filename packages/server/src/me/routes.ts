import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { type Cookie, isFromHere } from '../http/cookie.ts'
import { forPeople, pages } from '../http/pages.ts'
import type { Phone } from '../http/phone.ts'
import type { Server } from '../http/server.ts'
import type { AskPage, DonePage, MeDone, View } from '../http/view.ts'
import type { Invitations } from '../invitations/invitations.ts'
import type { Login } from '../login/login.ts'
import type { OauthStart, PhoneSession } from '../oauth/oauth.ts'
import type { Resets } from '../resets/resets.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Db } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import type { Me, Portrait } from './me.ts'
import { createOwning, type Owner } from './owner/routes.ts'
import { passwordRoutes } from './password/routes.ts'

type Done = MeDone | 'erased' | 'signed_out_here'

/** What is said where the page has nobody to show any more. */
const overWords: Record<Done, DonePage['done']> = {
  unlinked: 'unlinked',
  left: 'left',
  muted: 'signed_out',
  unmuted: 'signed_out',
  disowned: 'disowned',
  signed_out: 'signed_out',
  signed_out_elsewhere: 'signed_out',
  signed_out_here: 'signed_out',
  erased: 'erased',
}

const doneWords: readonly MeDone[] = [
  'unlinked',
  'left',
  'muted',
  'unmuted',
  'disowned',
  'signed_out',
  'signed_out_elsewhere',
]
const questions: readonly AskPage['question'][] = ['unlink', 'leave', 'disown', 'erase']

export function meRoutes(
  server: Server,
  deps: {
    me: Me
    login: Pick<Login, 'ways'>
    resets: Resets
    users: Users
    accounts: Accounts
    apps: Apps
    sessions: Sessions
    session: Cookie
    phone: Phone<OauthStart, PhoneSession>
    invitations: Invitations
    store: { db: Db }
    view: View
    publicUrl: () => string
  },
): void {
  const { me, users, invitations, session, publicUrl } = deps
  const page = pages(deps.view)
  const owning = createOwning(deps)

  const show = (
    ask: (
      request: FastifyRequest,
      reply: FastifyReply,
      owner: Owner,
      of: Portrait,
    ) => FastifyReply | Promise<FastifyReply>,
  ) =>
    async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const owner = await owning.of(request)
      if (owner === undefined) return owning.identify(request, reply, '/me')
      const portrait = owner === 'unknown' ? undefined : await me.show(owner.userId, owner.sessionId)
      if (owner === 'unknown' || !portrait) {
        const ways = owner === 'unknown' ? owning.others(request, '/me') : []
        return page(request, reply, { name: 'done', done: 'unknown_person', ways }, 200)
      }
      return ask(request, reply, owner, portrait)
    }

  async function showPage(
    request: FastifyRequest,
    reply: FastifyReply,
    owner: Owner,
    portrait: Portrait,
  ): Promise<FastifyReply> {
    const { done } = request.query as Record<string, unknown>
    const told = doneWords.find((word) => word === done)
    const isInvited = (await invitations.listOfUser(owner.userId)).length > 0
    const more = { done: told, followUrl: isInvited ? '/me/follow' : undefined, ...portrait }
    return page(request, reply, { name: 'me', formToken: owner.formToken, ...more }, 200)
  }

  async function showOthers(request: FastifyRequest, reply: FastifyReply, owner: Owner): Promise<FastifyReply> {
    const list = await invitations.listOfUser(owner.userId)
    return page(request, reply, { name: 'follow', accounts: list, back: '/me' }, 200)
  }

  async function showQuestion(
    request: FastifyRequest,
    reply: FastifyReply,
    owner: Owner,
    portrait: Portrait,
  ): Promise<FastifyReply> {
    const query = request.query as Record<string, unknown>
    const question = questions.find((word) => word === query.do)
    const id = typeof query.id === 'string' ? query.id : ''
    const subject = question && subjectOf(question, id, portrait)
    if (!question || subject === undefined) return page(request, reply, { name: 'not_found' }, 404)
    const facts = question === 'disown' ? portrait.signIns.find((one) => one.id === id) : undefined
    const also = question === 'unlink' ? await me.listLeavingWith(owner.userId, id) : undefined
    const isForgotten = portrait.sites.some((site) => site.id === id && site.shown === undefined)
    const isLast = question === 'leave' && portrait.sites.length === 1 && portrait.addresses.length === 0
    const about = { question, id, subject, facts, also, isForgotten, isLast } as const
    return page(request, reply, { name: 'ask', ...about, formToken: owner.formToken, action: '/me', back: '/me' }, 200)
  }

  /** Whether the page still has somebody to show: the session may have ended with others, the person may be gone. */
  async function isStillThere(request: FastifyRequest): Promise<boolean> {
    const owner = await owning.of(request)
    if (owner === undefined || owner === 'unknown') return false
    return (await users.findPerson(owner.userId)) !== undefined
  }

  function showAgain(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    return page(request, reply, { name: 'done', done: 'show_again', wayUrl: '/login' }, 403)
  }

  async function act(owner: Owner, what: string, id: string): Promise<Done | undefined> {
    switch (what) {
      case 'unlink':
        await me.unlink(owner.userId, id, owner.sessionId)
        return 'unlinked'
      case 'leave':
        await me.leave(owner.userId, id)
        return 'left'
      case 'mute':
      case 'unmute':
        await me.mute(owner.userId, id, what === 'mute')
        return what === 'mute' ? 'muted' : 'unmuted'
      case 'disown':
        await me.disown(owner.userId, id)
        return 'disowned'
      case 'sign_out':
        await me.signOut(owner.userId, id)
        return id === owner.sessionId ? 'signed_out_here' : 'signed_out'
      case 'sign_out_elsewhere':
        await me.signOutElsewhere(owner.userId, owner.sessionId)
        return 'signed_out_elsewhere'
      case 'erase':
        await me.erase(owner.userId)
        return 'erased'
      default:
        return undefined
    }
  }

  async function change(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = (request.body ?? {}) as Record<string, unknown>
    const owner = await owning.of(request)
    const isOurs = owner !== undefined && owner !== 'unknown' && isFromHere(request, publicUrl())
    if (!isOurs || !owning.isSent(request, owner, form.form_token)) {
      return page(request, reply, { name: 'form_expired', retryUrl: '/me' }, 403)
    }
    const what = typeof form.do === 'string' ? form.do : ''
    const id = typeof form.id === 'string' ? form.id : ''
    if (id !== '' && !/^([a-z]{2}_[a-z2-7]{26}|ap_hufu)$/.test(id))
      return page(request, reply, { name: 'not_found' }, 404)
    if (!owner.isFresh && (await me.asksFresh(what, id))) return showAgain(request, reply)
    try {
      const done = await act(owner, what, id)
      if (done === undefined) return page(request, reply, { name: 'form_expired', retryUrl: '/me' }, 400)
      if (isOver(done) || !(await isStillThere(request))) {
        return page(request, session.clear(reply), { name: 'done', done: overWords[done], wayUrl: '/login' }, 200)
      }
      return reply.redirect(`/me?done=${done}`, 303)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      if (error.code === 'last_credential') {
        return page(request, reply, { name: 'done', done: 'last_way_in', wayUrl: '/me' }, 409)
      }
      return page(request, reply, { name: 'not_found' }, 404)
    }
  }

  forPeople(server, deps.view, (scope) => {
    passwordRoutes(scope, { ...deps, owning })
    scope.get('/me', { schema: { hide: true } }, show(showPage))
    scope.get('/me/ask', { schema: { hide: true } }, show(showQuestion))
    scope.get('/me/follow', { schema: { hide: true } }, show(showOthers))
    scope.post('/me', { schema: { hide: true } }, change)
    scope.get('/me/export.json', { schema: { hide: true } }, async (request, reply) => {
      const owner = await owning.of(request)
      if (owner === undefined || owner === 'unknown') return owning.identify(request, reply, '/me')
      if (!owner.isFresh && (await me.asksFresh('export', ''))) return showAgain(request, reply)
      return reply
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="hufu-me.json"')
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(await me.export(owner.userId), null, 2))
    })
  })
}

function isOver(done: Done): done is 'erased' | 'signed_out_here' {
  return done === 'erased' || done === 'signed_out_here'
}

function subjectOf(question: AskPage['question'], id: string, portrait: Portrait): string | undefined {
  switch (question) {
    case 'unlink':
      return portrait.wechats.find((wechat) => wechat.id === id)?.account
    case 'leave':
      return portrait.sites.find((site) => site.id === id)?.name
    case 'disown':
      return portrait.signIns.find((signIn) => signIn.id === id && !signIn.disowned)?.site
    case 'erase':
      return ''
  }
}
