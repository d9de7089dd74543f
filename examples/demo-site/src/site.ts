import { fileURLToPath } from 'node:url'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import files from '@fastify/static'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Approvals } from './approvals.ts'
import type { Challenges } from './challenges.ts'
import type { Links } from './links.ts'
import type { Notices } from './notices.ts'
import type { Orders } from './orders.ts'
import { messagePage } from './pages/message.ts'
import type { PasswordLeaves } from './password-leaves.ts'
import type { Pickups } from './pickups.ts'
import { approvalRoutes } from './routes/approvals.ts'
import { beginRoutes } from './routes/begin.ts'
import { forgottenRoutes } from './routes/forgotten.ts'
import { loginRoutes } from './routes/login.ts'
import { newTeaRoutes } from './routes/new-tea.ts'
import { orderRoutes } from './routes/orders.ts'
import { phoneRoutes } from './routes/phone.ts'
import { pickupRoutes } from './routes/pickups.ts'
import { settingsRoutes } from './routes/settings.ts'
import { shopRoutes } from './routes/shop.ts'
import { wechatRoutes } from './routes/wechat.ts'
import type { Sessions } from './sessions.ts'
import type { Users } from './users.ts'
import { createVisits, Forbidden } from './visits.ts'

export interface SiteDeps {
  users: Users
  sessions: Sessions
  links: Links
  challenges: Challenges
  approvals: Approvals
  orders: Orders
  notices: Notices
  pickups: Pickups
  passwordLeaves: PasswordLeaves
  hufuUrl: string
  frameAncestor?: string
}

export async function createSite(deps: SiteDeps): Promise<FastifyInstance> {
  const site = Fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true })
  // What other sites can send without asking first (text/plain) is no body for us.
  site.removeContentTypeParser('text/plain')
  await site.register(cookie)
  await site.register(formbody)
  await site.register(files, { root: fileURLToPath(new URL('../public/', import.meta.url)), prefix: '/assets/' })

  const policy = contentSecurityPolicy(deps)
  // A claim, and the question for one message, go on at Hufu and from there to WeChat, and Chromium holds the whole way to the policy of the page with the form.
  const leadsOn = policy.replace("form-action 'self'; ", '')
  site.addHook('onRequest', async (request, reply) => {
    reply
      .header('content-security-policy', /^\/(wechat\/begin|orders\/)/.test(request.url) ? leadsOn : policy)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'same-origin')
  })
  const visits = createVisits(deps)
  const world = { ...deps, visits }
  shopRoutes(site, world)
  loginRoutes(site, world)
  settingsRoutes(site, world)
  wechatRoutes(site, world)
  beginRoutes(site, world)
  orderRoutes(site, world)
  pickupRoutes(site, world)
  newTeaRoutes(site, world)
  phoneRoutes(site, world)
  forgottenRoutes(site, world)
  approvalRoutes(site, world)

  site.setNotFoundHandler((request, reply) => visits.show(reply.code(404), messagePage(visits.of(request), 'notFound')))
  site.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error instanceof Forbidden ? 403 : (error.statusCode ?? 500)
    if (status >= 500) console.error(error)
    return visits.show(reply.code(status), messagePage(visits.of(request), status === 403 ? 'forbidden' : 'failed'))
  })
  return site
}

/** Own files, Hufu's widget, and calls to Hufu; nothing else, and nothing inline. */
function contentSecurityPolicy({ hufuUrl, frameAncestor }: SiteDeps): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${hufuUrl}`,
    `connect-src 'self' ${hufuUrl}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    `frame-ancestors ${frameAncestor ?? "'none'"}`,
  ].join('; ')
}
