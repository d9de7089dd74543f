import { createServer } from 'node:http'
import { parse } from 'node:querystring'
import connect, { type IncomingMessage, type NextFunction } from 'connect'
import wechat from 'wechat'
import { announce, PEER_ACCOUNT, REPLY } from './peer.ts'

const { appid, token, encodingAesKey } = PEER_ACCOUNT

const app = connect()
// Parsed once: Express 5 would parse again at each of the middleware's many reads of `req.query`.
app.use((request: IncomingMessage & { query?: unknown }, _response: unknown, next: NextFunction) => {
  request.query = parse(request.url?.slice(request.url.indexOf('?') + 1) ?? '')
  next()
})
app.use(
  wechat({ appid, token, encodingAESKey: encodingAesKey }, (request, response) => {
    const { MsgType, Event } = request.weixin
    response.reply(MsgType === 'event' && Event === 'SCAN' ? REPLY : '')
  }),
)
announce(createServer(app).listen(0, '127.0.0.1'))
