import type { Server } from 'node:net'

/** What every peer is given, as JSON in its first argument: the account it plays and the text it answers. */
export interface PeerConfig {
  readonly appid: string
  readonly token: string
  readonly encodingAesKey: string
  readonly reply: string
}

export function readPeerConfig(): PeerConfig {
  const { appid, token, encodingAesKey, reply } = JSON.parse(process.argv[2] ?? '{}')
  return { appid: String(appid), token: String(token), encodingAesKey: String(encodingAesKey), reply: String(reply) }
}

/** Tells the harness, on stdout, where the peer listens. */
export function announce(server: Server): void {
  const tell = (): void => {
    const address = server.address()
    if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
  }
  if (server.listening) tell()
  else server.once('listening', tell)
}
