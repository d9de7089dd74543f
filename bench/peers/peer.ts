import type { Server } from 'node:net'

/** The account every peer plays. Its reply is as long as Hufu's: a sentence and a link to the confirm page. */
export const PEER_ACCOUNT = {
  appid: 'wx0f1e2d3c4b5a6978',
  originalId: 'gh_0f1e2d3c4b5a',
  token: 'benchTokenOfThirtyTwoCharacters1',
  encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
} as const

export const REPLY =
  '正在登录 Demo\n<a href="https://hufu.example/confirm/4fJ0uZb8Qm2xTq7wLr9sVd3nYk6hGc1p">点这里确认</a>\n' +
  '不是你本人操作？请忽略这条消息。'

/** Tells the harness, on stdout, where a server listens. */
export function announce(server: Server): void {
  const tell = (): void => {
    const address = server.address()
    if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
  }
  if (server.listening) tell()
  else server.once('listening', tell)
}
