/**
 * The four calls of WeChat's API that a scan needs, answered at once, as a process on the generator's core. The
 * simulator would do, but its faithfulness (quotas, people, a log of everything) costs time that is not Hufu's.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { announce } from '../peers/peer.ts'
import { contentOf, ticketOf } from './codes.ts'

interface QrcodeCreate {
  expire_seconds: number
  action_info: { scene: { scene_str: string } }
}

async function answer(request: IncomingMessage): Promise<object> {
  const url = new URL(request.url ?? '/', 'http://platform')
  switch (url.pathname) {
    case '/cgi-bin/stable_token':
      return { access_token: `bench_${'0'.repeat(120)}`, expires_in: 7200 }
    case '/cgi-bin/qrcode/create': {
      const { expire_seconds, action_info } = (await json(request)) as QrcodeCreate
      const { scene_str: scene } = action_info.scene
      return { ticket: ticketOf(scene), expire_seconds, url: contentOf(scene) }
    }
    case '/cgi-bin/user/info':
      return follower(url.searchParams.get('openid') ?? '')
    case '/cgi-bin/user/info/batchget': {
      const { user_list } = (await json(request)) as { user_list: { openid: string }[] }
      return { user_info_list: user_list.map(({ openid }) => follower(openid)) }
    }
    case '/cgi-bin/getcallbackip':
      return { ip_list: ['127.0.0.1'] }
    default:
      return { errcode: 40066, errmsg: 'invalid url' }
  }
}

function follower(openid: string): object {
  return { subscribe: 1, openid, subscribe_time: 1_700_000_000, subscribe_scene: 'ADD_SCENE_QR_CODE', tagid_list: [] }
}

const server = createServer(async (request, response) => {
  const body = JSON.stringify(await answer(request))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})
announce(server.listen(0, '127.0.0.1'))
