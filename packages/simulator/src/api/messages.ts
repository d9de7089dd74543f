import type { NewEntry } from '../chat.ts'
import { type Api, isJson, type Json, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'
import { recipient, record } from './sending.ts'

const SEND = '/cgi-bin/message/custom/send'

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
  const menu = list.map((item) => {
    const [id, text] = isJson(item) ? [item.id, single(item.content)] : []
    if (!text || (typeof id !== 'string' && typeof id !== 'number')) throw new ApiError(44004)
    return { id: String(id), text }
  })
  const items = menu.map(({ text }) => `· ${text}`)
  const lines = [single(member.head_content), ...items, single(member.tail_content)]
  return { from: 'account', type: 'text', text: lines.filter(Boolean).join('\n'), menu }
}

/** The picture's medium is taken at its word: the simulator keeps no media. */
function readMiniProgramPage(member: Json): NewEntry {
  const [title, appid, pagepath, media] = ['title', 'appid', 'pagepath', 'thumb_media_id'].map((name) =>
    single(member[name]),
  )
  if (!title) throw new ApiError(44004)
  if (!appid || !/^wx\w+$/.test(appid)) throw new ApiError(40166)
  if (!pagepath) throw new ApiError(40165)
  if (!media) throw new ApiError(40007)
  return { from: 'account', type: 'news', card: [{ title, description: '小程序', url: '', image: '' }] }
}

const READERS: Record<string, (member: Json) => NewEntry> = {
  text: readText,
  news: readNews,
  msgmenu: readMenu,
  miniprogrampage: readMiniProgramPage,
}
/** Known types whose media the simulator never has. */
const WITH_MEDIA = ['image', 'voice', 'video', 'music', 'mpnews', 'mpnewsarticle', 'wxcard']

function readMessage(body: Json): NewEntry {
  const type = single(body.msgtype) ?? ''
  if (WITH_MEDIA.includes(type)) throw new ApiError(40007)
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined
  if (read === undefined) throw new ApiError(40008)
  const member = body[type]
  if (!isJson(member)) throw new ApiError(47001)
  return read(member)
}

export const MESSAGE_APIS: Api[] = [
  {
    path: SEND,
    method: 'POST',
    credential: 'token',
    needs: 'customer_service',
    answer({ world, account, body }) {
      const { person, openid } = recipient(world, account, body.touser)
      const entry = readMessage(body)
      if (person.refuses.has(account.appid)) throw new ApiError(48002)
      const window = world.windows.take(account.appid, openid)
      if (window === 'used_up') throw new ApiError(45047)
      if (window === 'closed') throw new ApiError(45015)
      world.chat.add(account, person, entry)
      record(world, account, SEND, openid, { data: body })
      return OK
    },
  },
  {
    path: '/cgi-bin/message/custom/typing',
    method: 'POST',
    credential: 'token',
    needs: 'customer_service',
    answer({ world, account, body }) {
      const { openid } = recipient(world, account, body.touser)
      if (body.command !== 'Typing' && body.command !== 'CancelTyping') throw new ApiError(45072)
      const verdict = world.windows.typing(account.appid, openid, body.command === 'Typing')
      if (verdict === 'no_interaction') throw new ApiError(45080)
      if (verdict === 'typing_already') throw new ApiError(45081)
      return OK
    },
  },
]
