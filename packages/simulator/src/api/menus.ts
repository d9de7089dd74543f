import type { Menu, MenuButton } from '../menus.ts'
import { type Api, isJson, type Json, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'

const KEY_TYPES = [
  'click',
  'scancode_push',
  'scancode_waitmsg',
  'pic_sysphoto',
  'pic_photo_or_album',
  'pic_weixin',
  'location_select',
]
const OTHER_TYPES = ['view', 'miniprogram', 'media_id', 'view_limited', 'article_id', 'article_view_limited']

/** What is wrong has a code of its own in the bar and in a list. */
type Codes = { type: number; name: number; key: number; url: number; longestName: number }
const BAR: Codes = { type: 40017, name: 40018, key: 40019, url: 40020, longestName: 16 }
const LIST: Codes = { type: 40024, name: 40025, key: 40026, url: 40027, longestName: 60 }

function sized(value: unknown, longest: number, errcode: number): string {
  const text = single(value) ?? ''
  const bytes = Buffer.byteLength(text)
  if (bytes < 1 || bytes > longest) throw new ApiError(errcode)
  return text
}

function readButton(button: Json, codes: Codes): MenuButton {
  const type = single(button.type) ?? ''
  const name = sized(button.name, codes.longestName, codes.name)
  if (KEY_TYPES.includes(type)) return { name, type, key: sized(button.key, 128, codes.key) }
  if (!OTHER_TYPES.includes(type)) throw new ApiError(codes.type)
  if (type !== 'view' && type !== 'miniprogram') return { name, type }
  const url = sized(button.url, 1024, codes.url)
  if (!/^https?:\/\//.test(url)) throw new ApiError(codes.url)
  return { name, type, url }
}

function readButtons(list: unknown, most: number, errcode: number): Json[] {
  if (!Array.isArray(list) || list.length < 1 || list.length > most || !list.every(isJson)) throw new ApiError(errcode)
  return list
}

function readMenu(body: Json): Menu {
  return readButtons(body.button, 3, 40016).map((button) => {
    const below = button.sub_button
    if (below === undefined || (Array.isArray(below) && below.length === 0)) return readButton(button, BAR)
    const name = sized(button.name, BAR.longestName, BAR.name)
    return { name, sub_button: readButtons(below, 5, 40023).map((one) => readButton(one, LIST)) }
  })
}

export const MENU_APIS: Api[] = [
  {
    path: '/cgi-bin/menu/create',
    method: 'POST',
    credential: 'token',
    needs: 'menu',
    answer({ world, account, body }) {
      world.menus.put(account, readMenu(body), body)
      return OK
    },
  },
  {
    path: '/cgi-bin/menu/get',
    method: 'GET',
    credential: 'token',
    needs: 'menu',
    answer({ world, account }) {
      const made = world.menus.made(account)
      if (made === undefined) throw new ApiError(46003)
      return { menu: { button: made.button, menuid: 400000000 } }
    },
  },
  {
    path: '/cgi-bin/menu/delete',
    method: 'GET',
    credential: 'token',
    needs: 'menu',
    answer({ world, account }) {
      world.menus.remove(account)
      return OK
    },
  },
]
