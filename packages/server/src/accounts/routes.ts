import { Type } from 'typebox'
import { DomainError } from '../errors.ts'
import type { Server } from '../http/server.ts'
import type { Accounts } from './accounts.ts'

/** The files by which WeChat's console sees that a domain is its operator's, at the root of the host. */
export function accountRoutes(server: Server, deps: { accounts: Accounts }): void {
  server.get(
    '/:file(^MP_verify_[0-9A-Za-z]{16}\\.txt$)',
    { schema: { hide: true, params: Type.Object({ file: Type.String() }) } },
    async (request, reply) => {
      const content = await deps.accounts.findVerifyFile(request.params.file)
      if (content === undefined) throw new DomainError('not_found')
      return reply.type('text/plain; charset=utf-8').send(content)
    },
  )
}
