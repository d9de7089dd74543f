import wechat from 'co-wechat'
import Koa from 'koa'
import { announce, readPeerConfig } from './peer.ts'

const { appid, token, encodingAesKey, reply } = readPeerConfig()

const app = new Koa()
app.use(
  wechat({ appid, token, encodingAESKey: encodingAesKey }).middleware(async (message) =>
    message.MsgType === 'event' && message.Event === 'SCAN' ? reply : '',
  ),
)
announce(app.listen(0, '127.0.0.1'))
