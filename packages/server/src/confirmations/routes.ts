import { randomBytes } from 'node:crypto'
import formbody from '@fastify/formbody'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Limits } from '../config.ts'
import type { Conflicts } from '../conflicts/conflicts.ts'
import { type FlowRow, type Flows, hostOf, stateOf } from '../flows/flows.ts'
import { pages } from '../http/pages.ts'
import { statusOf } from '../http/problems.ts'
import type { Server } from '../http/server.ts'
import type { Page, View } from '../http/view.ts'
import { createLimiter } from '../limiter.ts'
import { networkOf } from '../network.ts'
import type { Clock } from '../store/clock.ts'
import type { Users } from '../users/users.ts'
import { type Confirmations, type PhoneSession, phoneSessionSeconds, statePattern } from './confirmations.ts'

const browserCookiePattern = /^[0-9A-Za-z_-]{43}$/

/** The pages a person meets on the phone. Every step is a plain form; GET and HEAD change nothing about the flow. */
export function confirmationRoutes(
  server: Server,
  deps: {
    confirmations: Confirmations
    conflicts: Conflicts
    flows: Flows
    apps: Apps
    accounts: Accounts
    users: Pick<Users, 'namesNotFollowed'>
    clock: Clock
    limits: Limits
    view: View
    publicUrl: () => string
  },
): void {
  const { confirmations, conflicts, flows, users, apps, accounts, clock, publicUrl } = deps
  const page = pages(deps.view)
  const starts = createLimiter({ clock, limit: deps.limits.oauthPerAddress, windowMs: 60_000 })
  const secure = () => publicUrl().startsWith('https:')
  /** The browser's cookie is the origin's own, which no sibling domain can plant; the phone's belongs to one page. */
  const prefixes = { browser: '__Host-', phone: '__Secure-' }
  const cookieName = (name: keyof typeof prefixes) => `${secure() ? prefixes[name] : ''}hufu_${name}`
  const cookieOptions = (path: string) =>
    ({ path, httpOnly: true, sameSite: 'lax', secure: secure(), maxAge: phoneSessionSeconds }) as const

  async function flowOf(token: string): Promise<FlowRow | undefined> {
    const id = flows.secrets.flowOfConfirmToken(token)
    return id === undefined ? undefined : flows.find(id)
  }

  function sessionOf(request: FastifyRequest, row: FlowRow): { session: PhoneSession; cookie: string } | undefined {
    const cookie = request.cookies[cookieName('phone')] ?? ''
    const session = confirmations.sessions.open(cookie, row.id)
    return session && { session, cookie }
  }

  /** What a person with a proved WeChat sees of this flow now. */
  async function pageOf(row: FlowRow, token: string, cookie: string): Promise<{ page: Page; status: number }> {
    const app = apps.get(row.app_id)
    const state = stateOf(row, clock.now())
    if (state === 'waiting' || (state === 'scanned' && row.phone_confirmed_at === null)) {
      return { status: 200, page: { ...confirmPage(row, token), formToken: confirmations.sessions.formToken(cookie) } }
    }
    switch (state) {
      case 'scanned':
        return {
          status: 200,
          page: { name: 'code', code: flows.secrets.code(row.id), app: app.name, expiresAt: row.expires_at },
        }
      case 'confirmed':
      case 'completed':
        return {
          status: 200,
          page: {
            name: 'confirmed',
            action: row.kind,
            app: app.name,
            returnTo: row.return_to ?? undefined,
            twinsUrl: await conflicts.pathOfTwins(row.appid, row.scanner_index ?? ''),
            others: await users.namesNotFollowed(row.appid, row.scanner_index ?? ''),
          },
        }
      case 'declined':
        return { status: 200, page: { name: 'declined', app: app.name } }
      default:
        return endOf(row)
    }
  }

  function confirmPage(row: FlowRow, token: string) {
    const app = apps.get(row.app_id)
    return {
      name: 'confirm',
      token,
      action: row.kind,
      app: app.name,
      host: hostOf(app),
      account: row.display_name ?? undefined,
      officialAccount: accounts.find(row.appid)?.name ?? '',
      browser: JSON.parse(row.browser ?? '{}'),
      at: row.created_at,
      // Before the flow is claimed the PC shows no number that could be asked for.
      assurance:
        row.assurance === 'instant' || (row.assurance === 'number' && row.state === 'waiting') ? 'tap' : row.assurance,
    } as const
  }

  async function endOf(row: FlowRow): Promise<{ page: Page; status: number }> {
    const { reason } = row
    if (reason === 'wechat_already_bound' || reason === 'user_already_bound') {
      const officialAccount = accounts.find(row.appid)?.name ?? ''
      const sidesUrl = await conflicts.pathOfFlow(row.id)
      const facts = { reason, app: apps.get(row.app_id).name, officialAccount, sidesUrl }
      return { status: 409, page: { name: 'conflict', ...facts } }
    }
    if (reason === 'too_many_tries') return { status: 409, page: { name: 'flow_over', reason } }
    const state = stateOf(row, clock.now())
    const over =
      state === 'expired' || state === 'cancelled' || state === 'declined' || state === 'completed' ? state : 'other'
    return { status: 410, page: { name: 'flow_over', reason: over } }
  }

  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    row: FlowRow,
    token: string,
  ): Promise<FastifyReply> {
    const retryAfter = starts.take(networkOf(request.ip))
    if (retryAfter > 0)
      return page(request, reply.header('retry-after', retryAfter), { name: 'try_again' }, 429, row.locale)
    const held = request.cookies[cookieName('browser')] ?? ''
    const browser = browserCookiePattern.test(held) ? held : randomBytes(32).toString('base64url')
    const url = await confirmations.beginOauth(row, `/confirm/${token}`, browser)
    return reply
      .header('cache-control', 'no-store')
      .setCookie(cookieName('browser'), browser, cookieOptions('/'))
      .redirect(url, 302)
  }

  async function show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await flowOf(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const held = sessionOf(request, row)
    if (!held) {
      const end = await endOf(row)
      return isOver(row) ? page(request, reply, end.page, end.status, row.locale) : begin(request, reply, row, token)
    }
    if (row.scanner_index !== null && row.scanner_index !== held.session.openidIndex) {
      return page(request, reply, { name: 'wrong_wechat_user' }, 403, row.locale)
    }
    const shown = await pageOf(row, token, held.cookie)
    return page(request, reply, shown.page, shown.status, row.locale)
  }

  function isOver(row: FlowRow): boolean {
    return !['waiting', 'scanned', 'confirmed', 'completed'].includes(stateOf(row, clock.now()))
  }

  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await flowOf(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const form = (request.body ?? {}) as Record<string, unknown>
    const held = sessionOf(request, row)
    const { origin } = request.headers
    const foreign = origin !== undefined && origin !== publicUrl()
    const formToken = typeof form.form_token === 'string' ? form.form_token : ''
    if (!held || foreign || !confirmations.sessions.isFormToken(held.cookie, formToken)) {
      return page(request, reply, { name: 'form_expired', retryUrl: `/confirm/${token}` }, 403, row.locale)
    }
    if (form.decision !== 'confirm' && form.decision !== 'decline') {
      return page(request, reply, { name: 'form_expired', retryUrl: `/confirm/${token}` }, 400, row.locale)
    }
    const number = typeof form.number === 'string' ? form.number : undefined
    const decided =
      form.decision === 'confirm'
        ? await confirmations.confirm(row, held.session, number)
        : await confirmations.decline(row, held.session)
    switch (decided.outcome) {
      case 'done':
      case 'declined':
        return reply.redirect(`/confirm/${token}`, 303)
      case 'wrong_wechat_user':
        return page(request, reply, { name: 'wrong_wechat_user' }, 403, row.locale)
      case 'wrong_number': {
        const again = { ...confirmPage(row, token), formToken: confirmations.sessions.formToken(held.cookie) }
        return page(request, reply, { ...again, error: 'wrong_number', triesLeft: decided.triesLeft }, 422, row.locale)
      }
      case 'too_many_tries':
        return page(request, reply, { name: 'flow_over', reason: 'too_many_tries' }, 409, row.locale)
      case 'over': {
        const end = await endOf((await flows.find(row.id)) ?? row)
        return page(request, reply, end.page, end.status, row.locale)
      }
    }
  }

  async function finish(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { appid } = request.params as { appid: string }
    const { state, code } = request.query as Record<string, unknown>
    const browser = request.cookies[cookieName('browser')] ?? ''
    if (typeof state !== 'string' || !statePattern.test(state) || !browserCookiePattern.test(browser)) {
      return page(request, reply, { name: 'state_invalid' }, 400)
    }
    const answer = await confirmations.finishOauth({
      appid,
      state,
      browser,
      code: typeof code === 'string' ? code : undefined,
    })
    switch (answer.outcome) {
      case 'proved':
        return reply
          .header('cache-control', 'no-store')
          .setCookie(cookieName('phone'), answer.cookie, cookieOptions(answer.path))
          .redirect(answer.path, 303)
      case 'state_invalid':
        return page(request, reply, { name: 'state_invalid' }, 400)
      case 'declined':
        return page(request, reply, { name: 'oauth_declined', retryUrl: answer.path }, 200)
      case 'restart':
        return page(request, reply, { name: 'oauth_restart', retryUrl: answer.path }, 200)
      case 'snapshot_user':
        return page(request, reply, { name: 'snapshot_user', retryUrl: answer.path }, 409)
      case 'wrong_wechat_user':
        return page(request, reply, { name: 'wrong_wechat_user' }, 403)
      case 'unavailable':
        return page(request, reply, { name: 'try_again' }, 502)
    }
  }

  // Forms are read here and nowhere else: the API takes JSON only. Whatever goes wrong, a person is told on a page.
  server.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: 8 * 1024 })
    scope.setErrorHandler((error, request, reply) => {
      const status = statusOf(error)
      if (status === 500) request.log.error({ err: error, request_id: request.id }, 'a page failed')
      if (status === 503) reply.header('retry-after', 2)
      return page(request, reply, { name: 'try_again' }, status)
    })
    scope.get('/confirm/:token', { schema: { hide: true } }, show)
    scope.post('/confirm/:token', { schema: { hide: true } }, decide)
    scope.get('/oauth/wechat/:appid', { schema: { hide: true } }, finish)
  })
}
