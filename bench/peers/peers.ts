import { fileURLToPath } from 'node:url'
import { startPinned } from '../processes.ts'
import type { Target } from '../target.ts'
import { PEER_ACCOUNT } from './peer.ts'

export type PeerName = 'co-wechat' | 'wechat' | 'bare-fastify' | 'trivial'

/** One of the files beside this one, as a process on the server's core. */
export async function startPeer(name: PeerName): Promise<Target> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  const process = startPinned({ core: 'server', args: [file] })
  const { port } = await process.line((line): { port: number } => JSON.parse(line))
  return {
    name,
    pid: process.pid,
    account: (mode) => ({ port, path: '/wechat', ...PEER_ACCOUNT, mode }),
    scans: async (_mode, count) => count,
    stop: process.stop,
  }
}
