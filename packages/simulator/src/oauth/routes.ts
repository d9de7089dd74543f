import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readQuery } from '../api/routes.ts'
import { PHONE_HEADER, type Phone } from '../browser/phone.ts'
import type { World } from '../world.ts'
import { type AuthorizeAnswer, createAuthorize } from './authorize.ts'
import { escapeHtml, messagePage, page } from './html.ts'

function consentPage(answer: Extract<AuthorizeAnswer, { kind: 'consent' }>): string {
  const { request, person, id } = answer
  const name = escapeHtml(request.account.name)
  return page(
    '网页授权',
    `<h1>${name} 申请</h1>
<p>获取你的昵称、头像</p>
<ul><li>${escapeHtml(person.name)}</li><li>${escapeHtml(new URL(request.redirectUri).host)}</li></ul>
<form method="post" action="/connect/oauth2/decision">
<input type="hidden" name="request" value="${id}">
<button class="allow" name="decision" value="allow">允许</button>
<button class="decline" name="decision" value="decline">拒绝</button>
</form>`,
  )
}

function send(reply: FastifyReply, answer: AuthorizeAnswer): FastifyReply {
  if (answer.kind === 'redirect') return reply.redirect(answer.url, 302)
  const html =
    answer.kind === 'consent'
      ? consentPage(answer)
      : messagePage(answer.message, answer.code === null ? '请联系网站的开发者' : `错误码：${answer.code}`)
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)
}

/** The pages of open.weixin.qq.com. Whoever is not a person's phone gets the page that a PC gets. */
export function registerOAuth(app: FastifyInstance, world: World): void {
  const authorize = createAuthorize(world)

  function phoneOf(request: FastifyRequest): Phone | undefined {
    const value = request.headers[PHONE_HEADER]
    return world.browsers.identify(typeof value === 'string' ? value : undefined)
  }

  function outside(reply: FastifyReply): FastifyReply {
    const html = messagePage('请在微信客户端打开链接', '这个页面只能在微信里打开')
    return reply.type('text/html; charset=utf-8').send(html)
  }

  app.get('/connect/oauth2/authorize', (request, reply) => {
    const phone = phoneOf(request)
    return phone ? send(reply, authorize.begin(readQuery(request.query), phone)) : outside(reply)
  })

  app.post('/connect/oauth2/decision', (request, reply) => {
    const phone = phoneOf(request)
    if (phone === undefined) return outside(reply)
    const form = new URLSearchParams(String(request.body ?? ''))
    const decision = form.get('decision') === 'allow' ? 'allow' : 'decline'
    return send(reply, authorize.decide(form.get('request') ?? '', phone, decision))
  })
}
