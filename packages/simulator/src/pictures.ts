import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { readQuery } from './api/routes.ts'
import { bitmapPng, qrPng } from './png.ts'
import type { World } from './world.ts'

const AVATAR_CELLS = 7

/** A little symmetric pattern that is always the same for one person. */
function avatar(seed: string): Buffer {
  const bytes = createHash('sha256').update(seed).digest()
  const middle = Math.ceil(AVATAR_CELLS / 2)
  const cells = Array.from({ length: AVATAR_CELLS }, (_, y) =>
    Array.from({ length: AVATAR_CELLS }, (_, x) => {
      const column = Math.min(x, AVATAR_CELLS - 1 - x)
      return ((bytes[y * middle + column] ?? 0) & 1) === 1
    }),
  )
  return bitmapPng(cells, 19)
}

/** Pictures of mp.weixin.qq.com, open.weixin.qq.com and thirdwx.qlogo.cn. */
export function registerPictures(app: FastifyInstance, world: World): void {
  app.get('/cgi-bin/showqrcode', (request, reply) => {
    const { ticket = '' } = readQuery(request.query)
    const found = world.codes.find(ticket)
    if (found.kind !== 'code' || found.code.ticket !== ticket || world.codes.isExpired(found.code))
      return reply.code(404).send()
    return reply.type('image/png').header('cache-control', 'no-store').send(qrPng(found.code.content))
  })

  app.get('/qr/code', (request, reply) => {
    const account = world.accounts.findByOriginalId(readQuery(request.query).username ?? '')
    if (account === undefined) return reply.code(404).send()
    return reply.type('image/png').send(qrPng(account.follow_content))
  })

  app.get<{ Params: { person: string; size: string } }>('/mmopen/:person/:size', (request, reply) =>
    reply.type('image/png').send(avatar(request.params.person)),
  )
}
