/** Not a peer but a mark: Fastify, the signature check and a fixed answer. No XML is read, nothing is decrypted. */
import { createHash } from 'node:crypto'
import fastify from 'fastify'
import { announce, PEER_ACCOUNT, REPLY } from './peer.ts'

interface Query {
  signature: string
  timestamp: string
  nonce: string
}

const { token } = PEER_ACCOUNT

const app = fastify()
app.addContentTypeParser('text/xml', { parseAs: 'string' }, (_request, body, done) => done(null, body))
app.post<{ Querystring: Query }>('/wechat', async (request, response) => {
  const { signature, timestamp, nonce } = request.query
  const expected = createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex')
  response.type('text/xml')
  return signature === expected ? REPLY : response.code(401).send('')
})
await app.listen({ port: 0, host: '127.0.0.1' })
announce(app.server)
