import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../../accounts/accounts.ts'
import type { Apps } from '../../apps/apps.ts'
import { DomainError } from '../../errors.ts'
import { forPeople, pages } from '../../http/pages.ts'
import type { Phone } from '../../http/phone.ts'
import type { Server } from '../../http/server.ts'
import type { View } from '../../http/view.ts'
import type { OauthStart, PhoneSession } from '../../oauth/oauth.ts'
import type { Choice, Conflicts, Sight } from '../conflicts.ts'

const choices: readonly Choice[] = ['ask', 'allow', 'refuse', 'undo']

/** The page that explains both sides to the people concerned, and takes their answer. A plain form; GET and HEAD change nothing. */
export function conflictPages(
  server: Server,
  deps: {
    conflicts: Conflicts
    phone: Phone<OauthStart, PhoneSession>
    apps: Apps
    accounts: Accounts
    view: View
  },
): void {
  const { conflicts, phone, apps, accounts } = deps
  const page = pages(deps.view)

  function sidesOf(
    { row, role, status, holds, since, until, silence, ...sight }: Sight,
    token: string,
    formToken: string,
  ) {
    return {
      name: 'sides',
      token,
      formToken,
      reason: row.reason,
      role,
      status,
      choices: sight.choices,
      app: row.app_id === null ? undefined : apps.find(row.app_id)?.name,
      officialAccount: accounts.find(row.appid)?.name ?? '',
      account: row.display_name ?? undefined,
      holds,
      since,
      until: until ?? row.created_at,
      silence,
    } as const
  }

  async function show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await conflicts.findByToken(token)
    if (!row || !accounts.find(row.appid)) return page(request, reply, { name: 'not_found' }, 404)
    const held = phone.held(request, row.id)
    if (!held) {
      return phone.prove(request, reply, { appid: row.appid, about: row.id, path: conflicts.pathOf(row) }, row.locale)
    }
    const sight = await conflicts.see(row, held.session.openidIndex)
    if (!sight) return page(request, reply, { name: 'wrong_wechat_user' }, 403, row.locale)
    return page(request, reply, sidesOf(sight, token, held.formToken), 200, row.locale)
  }

  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token } = request.params as { token: string }
    const row = await conflicts.findByToken(token)
    if (!row) return page(request, reply, { name: 'not_found' }, 404)
    const form = (request.body ?? {}) as Record<string, unknown>
    const held = phone.heldBySender(request, row.id)
    const retryUrl = conflicts.pathOf(row)
    if (!held) return page(request, reply, { name: 'form_expired', retryUrl }, 403, row.locale)
    const { openidIndex } = held.session
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

  forPeople(server, deps.view, (scope) => {
    scope.get('/conflicts/:token', { schema: { hide: true } }, show)
    scope.post('/conflicts/:token', { schema: { hide: true } }, decide)
  })
}
