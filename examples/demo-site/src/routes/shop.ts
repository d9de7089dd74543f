import type { FastifyInstance } from 'fastify'
import { homePage } from '../pages/home.ts'
import type { Visits } from '../visits.ts'

export function shopRoutes(site: FastifyInstance, { visits }: { visits: Visits }): void {
  site.addHook('preHandler', async (request, reply) => visits.keepChoices(request, reply))
  site.get('/', (request, reply) => visits.show(reply, homePage(visits.of(request))))
}
