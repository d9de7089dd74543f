import wechat from 'co-wechat'
import Koa from 'koa'
import { announce, PEER_ACCOUNT, REPLY } from './peer.ts'

const { appid, token, encodingAesKey } = PEER_ACCOUNT

const app = new Koa()
app.use(
  wechat({ appid, token, encodingAESKey: encodingAesKey }).middleware(async (message) =>
    message.MsgType === 'event' && message.Event === 'SCAN' ? REPLY : '',
  ),
)
announce(app.listen(0, '127.0.0.1'))
