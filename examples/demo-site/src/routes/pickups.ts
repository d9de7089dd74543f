import { HufuError } from '@hufu/client'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Notices } from '../notices.ts'
import type { Order, Orders } from '../orders.ts'
import type { Pickups } from '../pickups.ts'
import type { Sessions } from '../sessions.ts'
import { teas } from '../teas.ts'
import type { Users } from '../users.ts'
import type { Visits } from '../visits.ts'

/** A message that the customer allows at WeChat's own page, and gets once. */
export function pickupRoutes(
  site: FastifyInstance,
  deps: { orders: Orders; users: Users; sessions: Sessions; notices: Notices; pickups: Pickups; visits: Visits },
): void {
  const { orders, users, sessions, notices, pickups, visits } = deps

  function shipped(request: FastifyRequest): Order | undefined {
    const order = orders.find((request.params as { id: string }).id)
    return order?.shippedAt ? order : undefined
  }

  // Whoever has the order's address may press it, logged in or not: only the buyer's own WeChat can say yes.
  site.post('/orders/:id/ask', async (request, reply) => {
    const session = visits.checkForm(request)
    const order = shipped(request)
    const hufuUserId = order && users.find(order.userId)?.hufuUserId
    if (!hufuUserId) return reply.redirect('/orders', 303)
    const page = `/orders/${order.id}`
    try {
      return reply.redirect(await pickups.ask(hufuUserId, visits.here(request, page)), 303)
    } catch (error) {
      if (!(error instanceof HufuError)) throw error
      sessions.leaveNotice(session, 'cannot_ask')
      return reply.redirect(page, 303)
    }
  })
  /** In a real shop the pick-up point does this, and again where nobody comes. */
  site.post('/orders/:id/arrive', async (request, reply) => {
    const { userId } = visits.checkForm(request)
    const order = shipped(request)
    const tea = order && teas[order.tea]
    if (!order || !tea || order.userId !== userId) return reply.redirect('/orders', 303)
    orders.arrive(order.id)
    const { once } = request.body as { once?: unknown }
    if (typeof once !== 'string' || !/^[\w-]{1,64}$/.test(once)) return reply.redirect('/orders', 303)
    await notices.send(userId, `pickup ${order.id}`, `pickup ${order.id} ${once}`, {
      ...pickups.message(order.id, tea.name['zh-CN']),
      url: visits.here(request, `/orders/${order.id}`),
    })
    return reply.redirect(`/orders/${order.id}`, 303)
  })
}
