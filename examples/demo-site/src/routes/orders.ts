import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Notices } from '../notices.ts'
import type { Order, Orders } from '../orders.ts'
import { messagePage } from '../pages/message.ts'
import { orderPage, ordersPage } from '../pages/orders.ts'
import type { Pickup } from '../pages/pickup.ts'
import type { Pickups } from '../pickups.ts'
import { teas } from '../teas.ts'
import type { Users } from '../users.ts'
import type { Visits } from '../visits.ts'

/** Orders, and the notice that goes out when one is shipped. */
export function orderRoutes(
  site: FastifyInstance,
  deps: { orders: Orders; users: Users; notices: Notices; pickups: Pickups; visits: Visits },
): void {
  const { orders, users, notices, pickups, visits } = deps
  const idOf = (request: FastifyRequest) => (request.params as { id: string }).id

  /** Of what has been shipped to somebody whose WeChat we could ask. */
  async function pickupOf(request: FastifyRequest, order: Order, isOwn: boolean): Promise<Pickup | undefined> {
    const hufuUserId = users.find(order.userId)?.hufuUserId
    if (!order.shippedAt || !hufuUserId) return undefined
    const { result } = request.query as { result?: unknown }
    const own = isOwn && {
      allowed: await pickups.allowed(hufuUserId),
      fate: await notices.fateOf(order.userId, `pickup ${order.id}`),
    }
    return { isInWechat: visits.isInWechat(request), result, own: own || undefined }
  }

  site.get('/orders', (request, reply) => {
    const visit = visits.of(request)
    if (!visit.user) return reply.redirect('/login', 303)
    return visits.show(reply, ordersPage(visit, orders.list(visit.user.id)))
  })
  site.post('/orders', async (request, reply) => {
    const { userId } = visits.checkForm(request)
    if (!userId) return reply.redirect('/login', 303)
    const tea = Number((request.body as { tea?: unknown }).tea)
    if (!teas[tea]) return reply.redirect('/', 303)
    return reply.redirect(`/orders/${orders.add(userId, tea)}`, 303)
  })
  site.get('/orders/:id', async (request, reply) => {
    // Who comes from a card in WeChat is logged in nowhere, and may press a button all the same.
    const visit = { ...visits.of(request), session: visits.session(request, reply) }
    const order = orders.find(idOf(request))
    if (!order) return visits.show(reply.code(404), messagePage(visit, 'notFound'))
    const isOwn = visit.user?.id === order.userId
    const fate = isOwn ? await notices.fateOf(order.userId, order.id) : undefined
    return visits.show(reply, orderPage(visit, order, fate, await pickupOf(request, order, isOwn)))
  })
  /** In a real shop somebody in the back room does this. */
  site.post('/orders/:id/ship', async (request, reply) => {
    const { userId } = visits.checkForm(request)
    const order = orders.find(idOf(request))
    const tea = order && teas[order.tea]
    if (!order || !tea || order.userId !== userId) return reply.redirect('/orders', 303)
    const time = chinaTime(orders.ship(order.id))
    const thing = tea.name['zh-CN']
    await notices.send(userId, order.id, `shipped ${order.id}`, {
      reach: 'any',
      template: 'order_shipped',
      data: { character_string1: order.id, thing2: thing, phrase3: '顺丰', time4: time },
      text: `您的${thing}已发货。`,
      url: visits.here(request, `/orders/${order.id}`),
    })
    return reply.redirect(`/orders/${order.id}`, 303)
  })
}

/** As WeChat's fields of type time take it: the wall clock of Beijing. */
export function chinaTime(at: number): string {
  const [day = '', clock = ''] = new Date(at + 8 * 3_600_000).toISOString().split('T')
  const [year, month, date] = day.split('-')
  return `${year}年${month}月${date}日 ${clock.slice(0, 5)}`
}
