import type { Account } from '../accounts.ts'
import type { NewEntry } from '../chat.ts'
import type { Person } from '../people.ts'
import type { World } from '../world.ts'
import { type Api, isJson, type Json, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'

const MAX_TEXT_BYTES = 2048

function readText(member: Json): NewEntry {
  const content = single(member.content)
  if (!content) throw new ApiError(44004)
  if (Buffer.byteLength(content) > MAX_TEXT_BYTES) throw new ApiError(45002)
  return { from: 'account', type: 'text', text: content }
}

function readNews(member: Json): NewEntry {
  const articles: unknown[] = Array.isArray(member.articles) ? member.articles : []
  if (articles.length === 0) throw new ApiError(44004)
  if (articles.length > 1) throw new ApiError(45008)
  const [article] = articles
  if (!isJson(article)) throw new ApiError(47001)
  const { title, description, url, picurl } = article
  const card = {
    title: single(title) ?? '',
    description: single(description) ?? '',
    url: single(url) ?? '',
    image: single(picurl) ?? '',
  }
  return { from: 'account', type: 'news', card: [card] }
}

function readMenu(member: Json): NewEntry {
  const list: unknown[] = Array.isArray(member.list) ? member.list : []
  if (list.length === 0) throw new ApiError(44004)
  const items = list.map((item) => (isJson(item) ? `· ${single(item.content) ?? ''}` : ''))
  const lines = [single(member.head_content), ...items, single(member.tail_content)]
  return { from: 'account', type: 'text', text: lines.filter(Boolean).join('\n') }
}

const READERS: Record<string, (member: Json) => NewEntry> = { text: readText, news: readNews, msgmenu: readMenu }
/** Known types whose media the simulator never has. */
const WITH_MEDIA = ['image', 'voice', 'video', 'music', 'mpnews', 'mpnewsarticle', 'wxcard', 'miniprogrampage']

function readMessage(body: Json): NewEntry {
  const type = single(body.msgtype) ?? ''
  if (WITH_MEDIA.includes(type)) throw new ApiError(40007)
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined
  if (read === undefined) throw new ApiError(40008)
  const member = body[type]
  if (!isJson(member)) throw new ApiError(47001)
  return read(member)
}

function recipient(world: World, account: Account, touser: unknown): { person: Person; openid: string } {
  const openid = single(touser) ?? ''
  const person = world.people.findByOpenid(account, openid)
  if (person === undefined) throw new ApiError(40003)
  return { person, openid }
}

export const MESSAGE_APIS: Api[] = [
  {
    path: '/cgi-bin/message/custom/send',
    method: 'POST',
    credential: 'token',
    needs: 'customer_service',
    answer({ world, account, body }) {
      const { person, openid } = recipient(world, account, body.touser)
      const entry = readMessage(body)
      const window = world.windows.take(account.appid, openid)
      if (window === 'used_up') throw new ApiError(45047)
      if (window === 'closed') throw new ApiError(45015)
      world.chat.add(account, person, entry)
      world.ledger.sends.push({
        at: new Date(world.clock.now()).toISOString(),
        account: account.appid,
        api: '/cgi-bin/message/custom/send',
        touser: openid,
        data: body,
      })
      return OK
    },
  },
  {
    path: '/cgi-bin/message/custom/typing',
    method: 'POST',
    credential: 'token',
    needs: 'customer_service',
    answer({ world, account, body }) {
      recipient(world, account, body.touser)
      if (body.command !== 'Typing' && body.command !== 'CancelTyping') throw new ApiError(45072)
      return OK
    },
  },
  {
    path: '/cgi-bin/message/template/send',
    method: 'POST',
    credential: 'token',
    needs: 'template',
    answer({ world, account, body }) {
      recipient(world, account, body.touser)
      throw new ApiError(40037)
    },
  },
  {
    path: '/cgi-bin/template/get_all_private_template',
    method: 'GET',
    credential: 'token',
    needs: 'template',
    answer: () => ({ template_list: [] }),
  },
]
