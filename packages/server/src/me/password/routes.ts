import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../../errors.ts'
import { isFromHere } from '../../http/cookie.ts'
import { fieldOf, formErrorOf } from '../../http/forms.ts'
import { localeOf, pages } from '../../http/pages.ts'
import type { Page, View } from '../../http/view.ts'
import type { Resets } from '../../resets/resets.ts'
import type { Owner, Owning } from '../owner/routes.ts'

/** `/me/password`: a new password, for somebody whom WeChat has just proved and who has an e-mail address here. */
export function passwordRoutes(
  scope: FastifyInstance,
  deps: { owning: Owning; resets: Resets; view: View; publicUrl: () => string },
): void {
  const { owning, resets } = deps
  const page = pages(deps.view)
  const path = '/me/password'

  /** The form, for whoever may set one; who may not reads why. */
  async function pageFor(request: FastifyRequest, owner: Owner | 'unknown'): Promise<{ shown: Page; status: number }> {
    const addresses = owner === 'unknown' ? [] : await resets.addressesOf(owner.userId)
    if (owner === 'unknown' || addresses.length === 0) {
      const ways = owner === 'unknown' ? owning.others(request, path) : []
      return { shown: { name: 'done', done: 'no_email', wayUrl: '/reset', ways }, status: 200 }
    }
    if (!owner.isFresh) {
      return { shown: { name: 'done', done: 'show_again', wayUrl: '/login?to=password' }, status: 403 }
    }
    return { shown: { name: 'password', formToken: owner.formToken, addresses }, status: 200 }
  }

  async function show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const owner = await owning.of(request)
    if (owner === undefined) return owning.identify(request, reply, path)
    const { shown, status } = await pageFor(request, owner)
    return page(request, reply, shown, status)
  }

  async function take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const owner = await owning.of(request)
    const isOurs = owner !== undefined && owner !== 'unknown' && isFromHere(request, deps.publicUrl())
    if (!isOurs || !owning.isSent(request, owner, fieldOf(request, 'form_token'))) {
      return page(request, reply, { name: 'form_expired', retryUrl: path }, 403)
    }
    const { shown, status } = await pageFor(request, owner)
    if (shown.name !== 'password') return page(request, reply, shown, status)
    const password = fieldOf(request, 'password') ?? ''
    const locale = localeOf(request.headers['accept-language'], 'zh-CN')
    try {
      await resets.choose(owner.userId, { ...owner.proof, password, locale })
      return page(request, reply, { name: 'password_changed' }, 200)
    } catch (error) {
      // What it rested on was over when the password was made.
      if (error instanceof DomainError && error.code === 'not_found') {
        return page(request, reply, { name: 'form_expired', retryUrl: path }, 403)
      }
      return page(request, reply, { ...shown, ...formErrorOf(error) }, 422)
    }
  }

  scope.get(path, { schema: { hide: true } }, show)
  scope.post(path, { schema: { hide: true } }, take)
}
