import type { Server } from 'node:net'

/** The account every peer plays. */
export const PEER_ACCOUNT = {
  appid: 'wx0f1e2d3c4b5a6978',
  originalId: 'gh_0f1e2d3c4b5a',
  token: 'benchTokenOfThirtyTwoCharacters1',
  encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
} as const

/** As long as Hufu's: what is asked, a link to the confirm page, a warning. */
export const REPLY =
  '您正在登录 Bench (bench.example)（Windows 上的 Chrome，09:41）。\n\n' +
  '<a href="http://localhost:8080/confirm/q7w2mzr4kd3xnc6bhv5tysa2pfgjeu7l4iwo3k6xzbqm5vrn2ydthc4s7f">点这里继续</a>\n\n' +
  '如果不是您本人在该网站的页面上扫码，请忽略本消息。我们不会通过聊天、邮件或海报发送这种二维码。'

/** Tells the harness, on stdout, where a server listens. */
export function announce(server: Server): void {
  const tell = (): void => {
    const address = server.address()
    if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
  }
  if (server.listening) tell()
  else server.once('listening', tell)
}
