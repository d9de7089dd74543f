import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Account, isCapable } from '../accounts.ts'
import type { Query } from '../api/calls.ts'
import { readQuery } from '../api/routes.ts'
import type { Phone } from '../browser/phone.ts'
import type { World } from '../world.ts'
import { escapeHtml, messagePage, page } from './html.ts'
import { outside, phoneOf, withParameters } from './inside.ts'
import { type Reason, words } from './words.ts'

type Asked = { account: Account; scene: string; templateId: string; redirectUrl: string; reserved: string }

function isAllowedHost({ business_domain }: Account, address: string): boolean {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return business_domain === null || url.hostname === business_domain || url.host === business_domain
}

function read(world: World, query: Query): Asked | Reason {
  const { action, appid, scene = '', template_id: templateId = '', redirect_url: redirectUrl = '' } = query
  const { reserved = '' } = query
  if (action !== 'get_confirm') return 'action_wrong'
  if (!appid) return 'appid_missing'
  const account = world.accounts.find(appid)
  if (account === undefined || !isCapable(account, 'one_time')) return 'appid_wrong'
  if (!/^\d{1,5}$/.test(scene) || Number(scene) > 10_000) return 'scene_wrong'
  if (templateId !== account.subscribemsg_template_id) return 'template_wrong'
  if (!isAllowedHost(account, redirectUrl)) return 'redirect_url_wrong'
  if (!/^[A-Za-z0-9]{0,128}$/.test(reserved)) return 'reserved_wrong'
  return { account, scene, templateId, redirectUrl, reserved }
}

function confirmPage({ account, scene, templateId, redirectUrl, reserved }: Asked, { person }: Phone): string {
  const t = words[person.language]
  const fields = { appid: account.appid, scene, template_id: templateId, redirect_url: redirectUrl, reserved }
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  )
  return page(
    person.language,
    t.oneTime,
    `<h1>${t.asks(escapeHtml(account.name))}</h1>
<p>${t.oneTimeWants}</p>
<form method="post" action="/mp/subscribemsg/decision">
${hidden.join('\n')}
<input type="hidden" name="action" value="get_confirm">
<button class="allow" name="decision" value="confirm">${t.confirm}</button>
<button class="decline" name="decision" value="cancel">${t.cancel}</button>
</form>`,
  )
}

/**
 * The page of a one-time subscription (一次性订阅消息), on mp.weixin.qq.com. The openid goes back only with a confirmation.
 * @see https://developers.weixin.qq.com/doc/service/guide/product/message/One-time_subscription_info.html
 */
export function registerSubscribePage(app: FastifyInstance, world: World): void {
  const sendPage = (reply: FastifyReply, html: string) =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)

  function refuse(reply: FastifyReply, { person }: Phone, reason: Reason): FastifyReply {
    const t = words[person.language]
    return sendPage(reply, messagePage(person.language, t[reason], t.tellDeveloper))
  }

  function show(request: FastifyRequest, reply: FastifyReply, phone: Phone): FastifyReply {
    if (phone.fragment !== '#wechat_redirect') return refuse(reply, phone, 'fragment_missing')
    const asked = read(world, readQuery(request.query))
    return typeof asked === 'string' ? refuse(reply, phone, asked) : sendPage(reply, confirmPage(asked, phone))
  }

  function decide(request: FastifyRequest, reply: FastifyReply, phone: Phone): FastifyReply {
    const form = Object.fromEntries(new URLSearchParams(String(request.body ?? '')))
    const asked = read(world, form)
    if (typeof asked === 'string') return refuse(reply, phone, asked)
    const { account, scene, templateId, redirectUrl, reserved } = asked
    const openid = world.people.openid(account, phone.person)
    const isConfirmed = form.decision === 'confirm'
    if (isConfirmed) world.oneTime.confirm(account.appid, openid, scene)
    const parameters = {
      ...(isConfirmed && { openid }),
      template_id: templateId,
      action: isConfirmed ? 'confirm' : 'cancel',
      scene,
      reserved,
    }
    return reply.redirect(withParameters(redirectUrl, parameters), 302)
  }

  app.get('/mp/subscribemsg', (request, reply) => {
    const phone = phoneOf(world, request)
    return phone ? show(request, reply, phone) : outside(reply)
  })
  app.post('/mp/subscribemsg/decision', (request, reply) => {
    const phone = phoneOf(world, request)
    return phone ? decide(request, reply, phone) : outside(reply)
  })
}
