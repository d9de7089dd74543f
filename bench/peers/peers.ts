import { fileURLToPath } from 'node:url'
import { startPinned } from '../processes.ts'
import type { Target } from '../target.ts'
import type { PeerConfig } from './peer.ts'

export type PeerName = 'co-wechat' | 'wechat' | 'bare-fastify' | 'trivial'

/** The account every peer plays. A reply as long as Hufu's: a sentence and a link to the confirm page. */
const PEER: PeerConfig & { readonly originalId: string } = {
  appid: 'wx0f1e2d3c4b5a6978',
  originalId: 'gh_0f1e2d3c4b5a',
  token: 'benchTokenOfThirtyTwoCharacters1',
  encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  reply:
    '正在登录 Demo\n<a href="https://hufu.example/confirm/4fJ0uZb8Qm2xTq7wLr9sVd3nYk6hGc1p">点这里确认</a>\n' +
    '不是你本人操作？请忽略这条消息。',
}

/** One of the files beside this one, as a process on the server's core. */
export async function startPeer(name: PeerName): Promise<Target> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  const process = startPinned({ core: 'server', args: [file, JSON.stringify(PEER)] })
  const { port } = await process.line((line): { port: number } => JSON.parse(line))
  const { appid, originalId, token, encodingAesKey } = PEER
  return {
    name,
    pid: process.pid,
    account: (mode) => ({ port, path: '/wechat', appid, originalId, token, encodingAesKey, mode }),
    scans: async (count) => count,
    stop: process.stop,
  }
}
