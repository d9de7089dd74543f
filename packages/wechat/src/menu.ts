import { LimitError } from './errors.ts'

/** A menu as WeChat writes it: it travels between tools and `menu/get` in this form. 1…3 buttons, each an act or 1…5 buttons of its own. */
export interface Menu {
  readonly button: readonly (MenuButton | SubMenu)[]
}

/** Opens a list; it has no act of its own. */
export interface SubMenu {
  /** 1…16 bytes; WeChat shows four Chinese characters. */
  readonly name: string
  readonly sub_button: readonly MenuButton[]
}

/** Names: 1…16 bytes in the bar, 1…60 in a list. Keys 1…128 bytes, addresses 1…1024. */
export type MenuButton = { readonly name: string } & (
  | { readonly type: KeyButtonType; readonly key: string }
  | { readonly type: 'view'; readonly url: string }
  | { readonly type: 'miniprogram'; readonly url: string; readonly appid: string; readonly pagepath: string }
  | { readonly type: 'media_id' | 'view_limited'; readonly media_id: string }
  | { readonly type: 'article_id' | 'article_view_limited'; readonly article_id: string }
)

/** Buttons that push an event with their key. */
export type KeyButtonType =
  | 'click'
  | 'scancode_push'
  | 'scancode_waitmsg'
  | 'pic_sysphoto'
  | 'pic_photo_or_album'
  | 'pic_weixin'
  | 'location_select'

const MAX_BUTTONS = 3
const MAX_SUB_BUTTONS = 5
const MAX_NAME = 16
const MAX_SUB_NAME = 60
const MAX_KEY = 128
const MAX_URL = 1024

type Field = 'key' | 'url' | 'appid' | 'pagepath' | 'media_id' | 'article_id'

const FIELDS = new Map<string, readonly Field[]>([
  ['click', ['key']],
  ['view', ['url']],
  ['scancode_push', ['key']],
  ['scancode_waitmsg', ['key']],
  ['pic_sysphoto', ['key']],
  ['pic_photo_or_album', ['key']],
  ['pic_weixin', ['key']],
  ['location_select', ['key']],
  ['media_id', ['media_id']],
  ['view_limited', ['media_id']],
  ['article_id', ['article_id']],
  ['article_view_limited', ['article_id']],
  ['miniprogram', ['url', 'appid', 'pagepath']],
])

type Json = Readonly<Record<string, unknown>>

/**
 * Reads a menu somebody wrote, and leaves out what a menu does not have.
 * @throws LimitError whose `field` says where, such as `button.0.sub_button.2.url`
 * @see https://developers.weixin.qq.com/doc/service/guide/product/menu/Creating_Custom-Defined_Menu.html
 */
export function parseMenu(value: unknown): Menu {
  const buttons = listOf(isJson(value) ? value.button : undefined, 'button', MAX_BUTTONS)
  return {
    button: buttons.map((button, position) => {
      const place = `button.${position}`
      if (!isJson(button)) throw new LimitError(place, 'must be an object')
      const below = button.sub_button
      if (below === undefined || (Array.isArray(below) && below.length === 0))
        return readButton(button, place, MAX_NAME)
      if (button.type !== undefined) throw new LimitError(`${place}.type`, 'and sub_button exclude each other')
      return {
        name: textOf(button, 'name', place, MAX_NAME),
        sub_button: listOf(below, `${place}.sub_button`, MAX_SUB_BUTTONS).map((one, number) =>
          readButton(one, `${place}.sub_button.${number}`, MAX_SUB_NAME),
        ),
      }
    }),
  }
}

function readButton(button: unknown, place: string, longestName: number): MenuButton {
  if (!isJson(button)) throw new LimitError(place, 'must be an object')
  if (button.sub_button !== undefined && !isEmptyList(button.sub_button)) {
    throw new LimitError(`${place}.sub_button`, 'is only possible in the bar')
  }
  const fields = FIELDS.get(String(button.type))
  if (!fields) throw new LimitError(`${place}.type`, `must be one of ${[...FIELDS.keys()].join(', ')}`)
  const entries = fields.map((field) => [field, textOf(button, field, place, field === 'url' ? MAX_URL : MAX_KEY)])
  const url = fields.includes('url') ? String(button.url) : undefined
  if (url !== undefined && !isWebAddress(url)) throw new LimitError(`${place}.url`, 'must be a whole http(s) address')
  return { name: textOf(button, 'name', place, longestName), type: button.type, ...Object.fromEntries(entries) }
}

function textOf(button: Json, field: string, place: string, longest: number): string {
  const text = button[field]
  if (typeof text !== 'string' || text.trim() === '' || !text.isWellFormed() || Buffer.byteLength(text) > longest) {
    throw new LimitError(`${place}.${field}`, `must be a text of 1 to ${longest} bytes`)
  }
  return text
}

function listOf(value: unknown, place: string, most: number): unknown[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > most) {
    throw new LimitError(place, `must be a list of 1 to ${most}`)
  }
  return value
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
