import { forPeople, pages } from '../http/pages.ts'
import type { Server } from '../http/server.ts'
import type { View } from '../http/view.ts'
import type { Invitations } from './invitations.ts'

/** The company's other accounts, for whoever has the address: it asks for nobody, and is the same for all. */
export function invitationRoutes(server: Server, deps: { invitations: Invitations; view: View }): void {
  const { invitations } = deps
  const page = pages(deps.view)

  forPeople(server, deps.view, (scope) => {
    scope.get('/follow/:key', { schema: { hide: true } }, (request, reply) => {
      const { key } = request.params as { key: string }
      const appid = invitations.findByKey(key)
      if (appid === undefined) return page(request, reply, { name: 'not_found' }, 404)
      return page(request, reply, { name: 'follow', accounts: invitations.listBeside(appid) }, 200)
    })
  })
}
