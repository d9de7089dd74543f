import { randomBytes } from 'node:crypto'
import formbody from '@fastify/formbody'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../../accounts/accounts.ts'
import type { Apps } from '../../apps/apps.ts'
import type { Limits } from '../../config.ts'
import { DomainError } from '../../errors.ts'
import { pages } from '../../http/pages.ts'
import { statusOf } from '../../http/problems.ts'
import type { Server } from '../../http/server.ts'
import type { View } from '../../http/view.ts'
import { createLimiter } from '../../limiter.ts'
import { networkOf } from '../../network.ts'
import type { Clock } from '../../store/clock.ts'
import type { Choice, ConflictRow, Conflicts, Sight } from '../conflicts.ts'

/** Who holds the phone, as silent web authorisation proves it, and the form token that belongs to that. */
export interface Proving {
  /** @returns WeChat's address */
  begin(about: { id: string; appid: string }, path: string, browser: string): Promise<string>
  /** @returns the index of the openid that was proved for this object, in this browser */
  proved(cookie: string, id: string): string | undefined
  formToken(cookie: string): string
  isFormToken(cookie: string, presented: string): boolean
  lifeSeconds: number
}

const browserCookiePattern = /^[0-9A-Za-z_-]{43}$/
const choices: readonly Choice[] = ['ask', 'allow', 'refuse', 'undo']

/** The page that explains both sides to the people concerned, and takes their answer. A plain form; GET and HEAD change nothing. */
export function conflictPages(
  server: Server,
  deps: {
    conflicts: Conflicts
    proving: Proving
    apps: Apps
    accounts: Accounts
    clock: Clock
    limits: Limits
    view: View
    publicUrl: () => string
  },
): void {
  const { conflicts, proving, apps, accounts, publicUrl } = deps
  const page = pages(deps.view)
  const starts = createLimiter({ clock: deps.clock, limit: deps.limits.oauthPerAddress, windowMs: 60_000 })
  const secure = () => publicUrl().startsWith('https:')
  const phoneCookie = () => `${secure() ? '__Secure-' : ''}hufu_phone`
  const browserCookie = () => `${secure() ? '__Host-' : ''}hufu_browser`

  async function begin(request: FastifyRequest, reply: FastifyReply, row: ConflictRow): Promise<FastifyReply> {
    const retryAfter = starts.take(networkOf(request.ip))
    if (retryAfter > 0)
      return page(request, reply.header('retry-after', retryAfter), { name: 'try_again' }, 429, row.locale)
    const held = request.cookies[browserCookie()] ?? ''
    const browser = browserCookiePattern.test(held) ? held : randomBytes(32).toString('base64url')
    const url = await proving.begin(row, conflicts.pathOf(row), browser)
    const options = {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: secure(),
      maxAge: proving.lifeSeconds,
    } as const
    return reply.header('cache-control', 'no-store').setCookie(browserCookie(), browser, options).redirect(url, 302)
  }

  function sidesOf({ row, role, status, since, until, ...sight }: Sight, token: string, cookie: string) {
    return {
      name: 'sides',
      token,
      formToken: proving.formToken(cookie),
      reason: row.reason,
      role,
      status,
      choices: sight.choices,
      app: row.app_id === null ? undefined : apps.find(row.app_id)?.name,
      officialAccount: accounts.find(row.appid)?.name ?? '',
      account: row.display_name ?? undefined,
      since,
      until: until ?? row.created_at,
    } as const
  }

  async function show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await conflicts.findByToken(token)
    if (!row || !accounts.find(row.appid)) return page(request, reply, { name: 'not_found' }, 404)
    const cookie = request.cookies[phoneCookie()] ?? ''
    const openidIndex = proving.proved(cookie, row.id)
    if (openidIndex === undefined) return begin(request, reply, row)
    const sight = await conflicts.see(row, openidIndex)
    if (!sight) return page(request, reply, { name: 'wrong_wechat_user' }, 403, row.locale)
    return page(request, reply, sidesOf(sight, token, cookie), 200, row.locale)
  }

  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await conflicts.findByToken(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const form = (request.body ?? {}) as Record<string, unknown>
    const cookie = request.cookies[phoneCookie()] ?? ''
    const openidIndex = proving.proved(cookie, row.id)
    const { origin } = request.headers
    const isForeign = origin !== undefined && origin !== publicUrl()
    const formToken = typeof form.form_token === 'string' ? form.form_token : ''
    const retryUrl = conflicts.pathOf(row)
    if (openidIndex === undefined || isForeign || !proving.isFormToken(cookie, formToken))
      return page(request, reply, { name: 'form_expired', retryUrl }, 403, row.locale)
    const choice = choices.find((one) => one === form.decision)
    if (!choice) return page(request, reply, { name: 'form_expired', retryUrl }, 400, row.locale)
    if (!(await conflicts.see(row, openidIndex))) {
      return page(request, reply, { name: 'wrong_wechat_user' }, 403, row.locale)
    }
    // Whoever was too late sees how it stands now.
    await conflicts.choose(row.id, openidIndex, choice).catch((error) => {
      if (!(error instanceof DomainError)) throw error
    })
    return reply.redirect(retryUrl, 303)
  }

  server.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: 8 * 1024 })
    scope.setErrorHandler((error, request, reply) => {
      const status = statusOf(error)
      if (status === 500) request.log.error({ err: error, request_id: request.id }, 'a page failed')
      if (status === 503) reply.header('retry-after', 2)
      return page(request, reply, { name: 'try_again' }, status)
    })
    scope.get('/conflicts/:token', { schema: { hide: true } }, show)
    scope.post('/conflicts/:token', { schema: { hide: true } }, decide)
  })
}
