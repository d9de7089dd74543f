import type { FastifyInstance } from 'fastify'
import type { Links } from '../links.ts'
import type { Notices } from '../notices.ts'
import { newTeaPage } from '../pages/new-tea.ts'
import type { Visits } from '../visits.ts'
import { chinaTime } from './orders.ts'

/** A notice that people allow on a page, once for each time they press: a subscription. */
export function newTeaRoutes(
  site: FastifyInstance,
  { links, notices, visits }: { links: Links; notices: Notices; visits: Visits },
): void {
  site.get('/new-tea', async (request, reply) => {
    const visit = visits.of(request)
    const all = await links.client().templates.list()
    const template = all.find(({ name }) => name === 'new_tea')?.id
    const fate = visit.user && (await notices.fateOf(visit.user.id, 'new_tea'))
    return visits.show(reply, newTeaPage(visit, template, fate))
  })
  site.post('/new-tea', async (request, reply) => {
    const { userId } = visits.checkForm(request)
    if (!userId) return reply.redirect('/login', 303)
    const once = String((request.body as { once?: unknown }).once)
    await notices.send(userId, 'new_tea', `new tea ${userId} ${once}`, {
      subscription: { template: 'new_tea', data: { thing1: '明前龙井', time2: chinaTime(Date.now()) } },
      url: visits.here(request, '/new-tea'),
    })
    return reply.redirect('/new-tea', 303)
  })
}
