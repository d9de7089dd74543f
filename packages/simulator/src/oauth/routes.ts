import type { FastifyInstance, FastifyReply } from 'fastify'
import { readQuery } from '../api/routes.ts'
import type { Phone } from '../browser/phone.ts'
import type { Language } from '../people.ts'
import type { World } from '../world.ts'
import { type AuthorizeAnswer, createAuthorize } from './authorize.ts'
import { escapeHtml, messagePage, page } from './html.ts'
import { outside, phoneOf } from './inside.ts'
import { words } from './words.ts'

function consentPage({ request, person, id }: Extract<AuthorizeAnswer, { kind: 'consent' }>): string {
  const t = words[person.language]
  const name = escapeHtml(request.account.name)
  return page(
    person.language,
    t.title,
    `<h1>${t.asks(name)}</h1>
<p>${t.wants}</p>
<ul><li>${escapeHtml(person.name)}</li><li>${escapeHtml(new URL(request.redirectUri).host)}</li></ul>
<form method="post" action="/connect/oauth2/decision">
<input type="hidden" name="request" value="${id}">
<button class="allow" name="decision" value="allow">${t.allow}</button>
<button class="decline" name="decision" value="decline">${t.decline}</button>
</form>`,
  )
}

function refusalPage({ code, reason }: Extract<AuthorizeAnswer, { kind: 'error' }>, language: Language): string {
  const t = words[language]
  return messagePage(language, t[reason], code === null ? t.tellDeveloper : t.code(code))
}

function send(reply: FastifyReply, answer: AuthorizeAnswer, { person }: Phone): FastifyReply {
  if (answer.kind === 'redirect') return reply.redirect(answer.url, 302)
  const html = answer.kind === 'consent' ? consentPage(answer) : refusalPage(answer, person.language)
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)
}

/** The pages of open.weixin.qq.com. Whoever is not a person's phone gets the page that a PC gets. */
export function registerOAuth(app: FastifyInstance, world: World): void {
  const authorize = createAuthorize(world)

  app.get('/connect/oauth2/authorize', (request, reply) => {
    const phone = phoneOf(world, request)
    return phone ? send(reply, authorize.begin(readQuery(request.query), phone), phone) : outside(reply)
  })

  app.post('/connect/oauth2/decision', (request, reply) => {
    const phone = phoneOf(world, request)
    if (phone === undefined) return outside(reply)
    const form = new URLSearchParams(String(request.body ?? ''))
    const decision = form.get('decision') === 'allow' ? 'allow' : 'decline'
    return send(reply, authorize.decide(form.get('request') ?? '', phone, decision), phone)
  })
}
