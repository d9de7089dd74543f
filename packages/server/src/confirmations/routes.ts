import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Conflicts } from '../conflicts/conflicts.ts'
import { arrivalOf, type FlowRow, type Flows, hostOf, kindOf, stateOf } from '../flows/flows.ts'
import { forPeople, pages } from '../http/pages.ts'
import type { Phone } from '../http/phone.ts'
import type { Server } from '../http/server.ts'
import type { Page, View } from '../http/view.ts'
import type { Invitations } from '../invitations/invitations.ts'
import type { OauthStart, PhoneSession } from '../oauth/oauth.ts'
import type { Clock } from '../store/clock.ts'
import type { Confirmations } from './confirmations.ts'

/**
 * The pages a person meets on the phone. Every step is a plain form; GET and HEAD change nothing about the flow, but that WeChat's answer to
 * whoever scanned a page's QR code is the scan.
 */
export function confirmationRoutes(
  server: Server,
  deps: {
    confirmations: Confirmations
    conflicts: Conflicts
    flows: Flows
    apps: Apps
    accounts: Accounts
    invitations: Invitations
    clock: Clock
    phone: Phone<OauthStart, PhoneSession>
    view: View
  },
): void {
  const { confirmations, conflicts, flows, invitations, apps, accounts, clock, phone } = deps
  const page = pages(deps.view)

  async function flowOf(token: string): Promise<FlowRow | undefined> {
    const id = flows.secrets.flowOfConfirmToken(token)
    const row = id === undefined ? undefined : await flows.find(id)
    // Where an account has no web authorisation there is no page: all is said in the chat.
    return row && accounts.find(row.appid)?.capabilities.webOauth ? row : undefined
  }

  /** What a person with a proved WeChat sees of this flow now. */
  async function pageOf(row: FlowRow, token: string, formToken: string): Promise<{ page: Page; status: number }> {
    const app = apps.get(row.app_id)
    const state = stateOf(row, clock.now())
    if (state === 'waiting' || (state === 'scanned' && row.phone_confirmed_at === null)) {
      return { status: 200, page: { ...confirmPage(row, token), ...profileOffer(row, token), formToken } }
    }
    switch (state) {
      case 'scanned':
        return {
          status: 200,
          page: {
            name: 'code',
            code: flows.secrets.code(row.id),
            purpose: flows.purposeOf(row),
            by: arrivalOf(row),
            app: app.name,
            expiresAt: row.expires_at,
          },
        }
      case 'confirmed':
      case 'completed':
        return {
          status: 200,
          page: {
            name: 'confirmed',
            action: kindOf(row),
            purpose: flows.purposeOf(row),
            by: arrivalOf(row),
            app: app.name,
            returnTo: row.return_to ?? undefined,
            twinsUrl: await conflicts.pathOfTwins(row.appid, row.scanner_index ?? ''),
            othersUrl: await invitations.pathOfWechat(row.appid, row.scanner_index ?? '', `/confirm/${token}/follow`),
          },
        }
      case 'registration_required':
        return {
          status: 200,
          page: { name: 'unregistered', by: arrivalOf(row), app: app.name, registerUrl: `/confirm/${token}/register` },
        }
      case 'declined':
        return { status: 200, page: { name: 'declined', by: arrivalOf(row), app: app.name } }
      default:
        return endOf(row)
    }
  }

  function confirmPage(row: FlowRow, token: string) {
    const app = apps.get(row.app_id)
    return {
      name: 'confirm',
      token,
      action: kindOf(row),
      purpose: flows.purposeOf(row),
      by: arrivalOf(row),
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

  /** Asked for apart from everything else: who leaves it goes on as if it were not there. */
  function profileOffer(row: FlowRow, token: string) {
    if (!apps.get(row.app_id).asksProfile) return {}
    const told = flows.profileOf(row)
    return told ? { nickname: told.nickname } : { profileUrl: `/confirm/${token}/profile` }
  }

  async function endOf(row: FlowRow): Promise<{ page: Page; status: number }> {
    const { reason } = row
    const by = arrivalOf(row)
    if (reason === 'wechat_already_bound' || reason === 'user_already_bound') {
      const officialAccount = accounts.find(row.appid)?.name ?? ''
      const sidesUrl = await conflicts.pathOfFlow(row.id)
      const facts = { reason, by, app: apps.get(row.app_id).name, officialAccount, sidesUrl }
      return { status: 409, page: { name: 'conflict', ...facts } }
    }
    if (row.link_id !== null) return { status: 410, page: { name: 'link_over' } }
    if (reason === 'too_many_tries') return { status: 409, page: { name: 'flow_over', reason, by } }
    const state = stateOf(row, clock.now())
    const over =
      state === 'expired' || state === 'cancelled' || state === 'declined' || state === 'completed' ? state : 'other'
    return { status: 410, page: { name: 'flow_over', reason: over, by } }
  }

  /** Where a yes leads. Who began in WeChat is done with us, and goes on at the site. */
  async function afterYes(row: FlowRow, token: string): Promise<string> {
    const own = `/confirm/${token}`
    if (row.link_id === null || row.return_to === null) return own
    const current = await flows.find(row.id)
    const isDone = current && ['confirmed', 'completed'].includes(stateOf(current, clock.now()))
    return isDone ? row.return_to : own
  }

  /** Browsers hold the answer to a form to the policy of the page it stood on: there, too, it may lead back to the site. */
  function letThrough(reply: FastifyReply, row: FlowRow): void {
    const policy = reply.getHeader('content-security-policy')
    if (row.link_id === null || row.return_to === null || typeof policy !== 'string') return
    const { origin } = new URL(row.return_to)
    reply.header('content-security-policy', policy.replace("form-action 'self'", `form-action 'self' ${origin}`))
  }

  async function show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await flowOf(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const held = phone.held(request, row.id)
    if (!held) {
      const end = await endOf(row)
      const start = { appid: row.appid, about: row.id, path: `/confirm/${token}` }
      return isOver(row)
        ? page(request, reply, end.page, end.status, row.locale)
        : phone.prove(request, reply, start, row.locale)
    }
    if (row.scanner_index !== null && row.scanner_index !== held.session.openidIndex) {
      return page(request, reply, { name: row.entry === 'page' ? 'taken' : 'wrong_wechat_user' }, 403, row.locale)
    }
    // A link of the chat has no other page to register at.
    if (row.link_id !== null && stateOf(row, clock.now()) === 'registration_required') {
      return reply.header('cache-control', 'no-store').redirect(`/confirm/${token}/register`, 303)
    }
    const shown = await pageOf(row, token, held.formToken)
    letThrough(reply, row)
    return page(request, reply, shown.page, shown.status, row.locale)
  }

  /** The tap by which WeChat may be asked for nickname and avatar. It counts on the page of the phone that was shown it, and nowhere else. */
  async function askProfile(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await flowOf(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const path = `/confirm/${token}`
    const index = phone.held(request, row.id)?.session.openidIndex
    const isTheirs = index !== undefined && (row.scanner_index ?? index) === index
    const isAsked = ['waiting', 'scanned'].includes(stateOf(row, clock.now())) && row.phone_confirmed_at === null
    if (!isTheirs || !isAsked || profileOffer(row, token).profileUrl === undefined) return reply.redirect(path, 303)
    const start = { appid: row.appid, about: row.id, path, scope: 'snsapi_userinfo' } as const
    return phone.prove(request, reply, start, row.locale)
  }

  /** What this person does not follow yet is for the phone that has proved to be theirs; for anybody else it is the page that tells nothing of them. */
  async function showOthers(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await flowOf(token)
    const publicPath = row && invitations.pathBeside(row.appid)
    if (!row || publicPath === undefined) return page(request, reply, { name: 'not_found' }, 404)
    const held = phone.held(request, row.id)
    if (!held || held.session.openidIndex !== row.scanner_index) {
      return reply.header('cache-control', 'no-store').redirect(publicPath, 303)
    }
    const list = await invitations.listOfWechat(row.appid, row.scanner_index)
    return page(request, reply, { name: 'follow', accounts: list, back: `/confirm/${token}` }, 200, row.locale)
  }

  function isOver(row: FlowRow): boolean {
    return !['waiting', 'scanned', 'registration_required', 'confirmed', 'completed'].includes(
      stateOf(row, clock.now()),
    )
  }

  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await flowOf(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const form = (request.body ?? {}) as Record<string, unknown>
    const held = phone.heldBySender(request, row.id)
    if (!held) {
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
        return reply.redirect(await afterYes(row, token), 303)
      case 'declined':
        return reply.redirect(`/confirm/${token}`, 303)
      case 'wrong_wechat_user':
        return page(request, reply, { name: row.entry === 'page' ? 'taken' : 'wrong_wechat_user' }, 403, row.locale)
      case 'not_theirs':
        return page(request, reply, { name: 'not_theirs' }, 403, row.locale)
      case 'wrong_number': {
        letThrough(reply, row)
        const again = { ...confirmPage(row, token), ...profileOffer(row, token), formToken: held.formToken }
        return page(request, reply, { ...again, error: 'wrong_number', triesLeft: decided.triesLeft }, 422, row.locale)
      }
      case 'too_many_tries':
        return page(
          request,
          reply,
          { name: 'flow_over', reason: 'too_many_tries', by: arrivalOf(row) },
          409,
          row.locale,
        )
      case 'over': {
        const end = await endOf((await flows.find(row.id)) ?? row)
        return page(request, reply, end.page, end.status, row.locale)
      }
    }
  }

  forPeople(server, deps.view, (scope) => {
    scope.get('/confirm/:token', { schema: { hide: true } }, show)
    scope.get('/confirm/:token/profile', { schema: { hide: true } }, askProfile)
    scope.get('/confirm/:token/follow', { schema: { hide: true } }, showOthers)
    scope.post('/confirm/:token', { schema: { hide: true } }, decide)
  })
}
