import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { arrivalOf, browserSecretPattern, type FlowRow, type Flows, stateOf } from '../flows/flows.ts'
import { isFromHere } from '../http/cookie.ts'
import { fieldOf, formErrorOf } from '../http/forms.ts'
import { forPeople, pages } from '../http/pages.ts'
import type { Phone } from '../http/phone.ts'
import type { Server } from '../http/server.ts'
import type { Page, RegisterPage, View } from '../http/view.ts'
import type { Invitations } from '../invitations/invitations.ts'
import type { OauthStart, PhoneSession } from '../oauth/oauth.ts'
import type { Clock } from '../store/clock.ts'
import type { Vault } from '../vault/vault.ts'
import { equalSecrets } from '../vault/vault.ts'
import type { RegistrationInput, Registrations } from './registrations.ts'

/** Who fills in the form: the browser that was given the flow, or the phone that confirmed it. */
interface Visit {
  row: FlowRow
  /** Path of the page. */
  action: string
  /** Belongs to the visitor's cookie, so that no other page can post the form. */
  formToken: string
  onPhone: boolean
  /** Whether the page that this browser was shown has sent this request. */
  isSent: boolean
}

const visitSeconds = 15 * 60
const place = 'registration visit'

/**
 * Registration as a page of plain forms. A site without the widget posts the flow and its browser secret here; on the phone, whoever has just
 * confirmed goes on from the page that says so.
 */
export function registrationRoutes(
  server: Server,
  deps: {
    registrations: Registrations
    flows: Flows
    apps: Apps
    clock: Clock
    vault: Vault
    view: View
    publicUrl: () => string
    phone: Phone<OauthStart, PhoneSession>
    invitations: Invitations
  },
): void {
  const { registrations, flows, apps, clock, vault, phone, publicUrl, invitations } = deps
  const page = pages(deps.view)
  const secure = () => publicUrl().startsWith('https:')
  const cookieName = () => `${secure() ? '__Secure-' : ''}hufu_registration`
  const formToken = (cookie: string) => vault.derive('registration form', cookie).toString('base64url')

  /** Only the site that has the flow may bring a browser here: another's flow, planted, would link another's WeChat. */
  async function enter(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const id = fieldOf(request, 'flow') ?? ''
    const secret = fieldOf(request, 'secret') ?? ''
    const isTheirs = browserSecretPattern.test(secret) && flows.secrets.isBrowserSecret(id, secret)
    const row = isTheirs ? await flows.find(id) : undefined
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    if (!apps.get(row.app_id).allowedOrigins.includes(request.headers.origin ?? '')) {
      return page(request, reply, { name: 'not_found' }, 403, row.locale)
    }
    const content = JSON.stringify({ flow: row.id, until: clock.now() + visitSeconds * 1000 })
    const cookie = Buffer.from(vault.seal(place, content)).toString('base64url')
    const path = `/register/${row.id}`
    return reply
      .header('cache-control', 'no-store')
      .setCookie(cookieName(), cookie, {
        path,
        httpOnly: true,
        sameSite: 'lax',
        secure: secure(),
        maxAge: visitSeconds,
      })
      .redirect(path, 303)
  }

  async function visitOfBrowser(request: FastifyRequest): Promise<Visit | undefined> {
    const { id } = request.params as { id: string }
    const cookie = request.cookies[cookieName()] ?? ''
    if (cookie === '' || cookie.length > 1_024) return undefined
    let visit: { flow: string; until: number }
    try {
      visit = JSON.parse(vault.open(place, Buffer.from(cookie, 'base64url')))
    } catch {
      return undefined
    }
    const row = visit.flow === id && visit.until > clock.now() ? await flows.find(id) : undefined
    const token = formToken(cookie)
    const isSent = isFromHere(request, publicUrl()) && equalSecrets(fieldOf(request, 'form_token') ?? '', token)
    return row && { row, action: `/register/${id}`, formToken: token, onPhone: false, isSent }
  }

  /** The phone that scanned, as OAuth has just proved, and no other; `unproved`: it has not lately. */
  async function visitOfPhone(request: FastifyRequest, token: string): Promise<Visit | 'unproved' | undefined> {
    const id = flows.secrets.flowOfConfirmToken(token)
    const row = id === undefined ? undefined : await flows.find(id)
    const held = row && phone.held(request, row.id)
    if (row && !held) return 'unproved'
    if (!held || held.session.openidIndex !== row.scanner_index) return undefined
    const isSent = phone.heldBySender(request, row.id) !== undefined
    return { row, action: `/confirm/${token}/register`, formToken: held.formToken, onPhone: true, isSent }
  }

  /** The page of a flow as it is now. */
  async function pageOf({ row, action, formToken, onPhone }: Visit): Promise<{ page: Page; status: number }> {
    const app = apps.get(row.app_id)
    const state = stateOf(row, clock.now())
    const by = onPhone ? arrivalOf(row) : undefined
    if (state === 'confirmed' || state === 'completed') {
      // Whoever scanned with this phone goes on at the page that they scanned; a link of the chat has no other page.
      const isElsewhere = onPhone && row.link_id === null
      const returnTo = isElsewhere ? undefined : (row.return_to ?? undefined)
      // Whom somebody follows is for their own phone; the browser beside it is shown all.
      const theirs = action.replace(/register$/, 'follow')
      const othersUrl = onPhone
        ? await invitations.pathOfWechat(row.appid, row.scanner_index ?? '', theirs)
        : invitations.pathBeside(row.appid)
      return { status: 200, page: { name: 'registered', by, app: app.name, returnTo, othersUrl } }
    }
    if (state !== 'registration_required' || typeof app.registration === 'string') {
      const reason = state === 'expired' || state === 'cancelled' ? state : 'other'
      return { status: 410, page: { name: 'flow_over', reason, by } }
    }
    const form = {
      name: 'register',
      action,
      formToken,
      app: app.name,
      methods: app.registration,
      step: 'contact',
      contact: '',
    } as const
    return { status: 200, page: form }
  }

  async function show(request: FastifyRequest, reply: FastifyReply, visit: Visit | undefined) {
    if (!visit) return page(request, reply, { name: 'not_found' }, 404)
    const shown = await pageOf(visit)
    return page(request, reply, shown.page, shown.status, visit.row.locale)
  }

  async function take(request: FastifyRequest, reply: FastifyReply, visit: Visit | undefined) {
    if (!visit) return page(request, reply, { name: 'not_found' }, 404)
    const { row, action } = visit
    if (!visit.isSent) {
      return page(request, reply, { name: 'form_expired', retryUrl: action }, 403, row.locale)
    }
    const shown = await pageOf(visit)
    if (shown.page.name !== 'register') return page(request, reply, shown.page, shown.status, row.locale)
    const next = await step(request, visit.row, shown.page)
    if (!next) return reply.redirect(action, 303)
    return page(request, reply, next.page, next.status, row.locale)
  }

  /** @returns what to show next; undefined when the flow has gone on */
  async function step(request: FastifyRequest, row: FlowRow, blank: RegisterPage) {
    const [email, phone, code] = ['email', 'phone', 'code'].map((name) => fieldOf(request, name))
    const method = email === undefined ? 'phone' : 'email'
    const contact = email ?? phone ?? ''
    const typed: RegisterPage = { ...blank, method, contact }
    const password = fieldOf(request, 'password')
    const input: RegistrationInput = {
      ...(email !== undefined ? { email } : { phone: contact }),
      ...(code !== undefined && (email !== undefined ? { email_code: code } : { sms_code: code })),
      ...(password !== undefined && { password }),
      ...(fieldOf(request, 'link') === 'yes' && { link: true }),
    }
    try {
      const { sent } = await registrations.answer(row, input, request.ip)
      return sent && { status: 200, page: { ...typed, step: 'code', to: sent.to } as const }
    } catch (error) {
      if (error instanceof DomainError && error.code === 'flow_over') return undefined
      if (error instanceof DomainError && error.code === 'credential_proof_required' && code !== undefined) {
        return {
          status: 409,
          page: question(typed, String(error.details.members?.needs), code, password !== undefined),
        }
      }
      const wrong = formErrorOf(error)
      const stays = wrong.error === 'code_invalid'
      return { status: 422, page: { ...typed, step: stays ? 'code' : 'contact', to: contact, ...wrong } as const }
    }
  }

  /** There is an account: what it takes to link this WeChat with it. */
  function question(typed: RegisterPage, needs: string, code: string, tried: boolean): RegisterPage {
    if (needs === 'support') return { ...typed, error: 'support' }
    const step = needs === 'password' ? 'password' : 'consent'
    return { ...typed, step, code, to: typed.contact, ...(tried && step === 'password' && { error: 'wrong_password' }) }
  }

  forPeople(server, deps.view, (scope) => {
    const schema = { hide: true }
    scope.post('/register', { schema }, enter)
    scope.get('/register/:id', { schema }, async (request, reply) =>
      show(request, reply, await visitOfBrowser(request)),
    )
    scope.post('/register/:id', { schema }, async (request, reply) =>
      take(request, reply, await visitOfBrowser(request)),
    )
    // A mail may take longer than the proof lasts: it is given again, and the page comes back.
    scope.get('/confirm/:token/register', { schema }, async (request, reply) => {
      const { token } = request.params as { token: string }
      const visit = await visitOfPhone(request, token)
      return visit === 'unproved' ? reply.redirect(`/confirm/${token}`, 303) : show(request, reply, visit)
    })
    scope.post('/confirm/:token/register', { schema }, async (request, reply) => {
      const { token } = request.params as { token: string }
      const visit = await visitOfPhone(request, token)
      const retryUrl = `/confirm/${token}`
      return visit === 'unproved'
        ? page(request, reply, { name: 'form_expired', retryUrl }, 403)
        : take(request, reply, visit)
    })
  })
}
