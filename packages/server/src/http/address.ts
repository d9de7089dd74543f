import type { IncomingMessage } from 'node:http'
import proxyAddress from '@fastify/proxy-addr'

/** Whose request it is: the socket's address, or what our own proxies say, and nobody else's word. */
export function clientAddress(trustedProxies: string[]): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0) return (request) => request.socket.remoteAddress ?? ''
  const trusts = proxyAddress.compile(trustedProxies)
  return (request) => proxyAddress(request, trusts)
}
