import { MAX_REPLY_TEXT } from '@hufu/wechat'
import type { App } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { foreignValues, hasForeignLink, linkRule, ownHosts } from '../foreign-links.ts'
import { hasControlCharacters } from '../text.ts'

/** Refuses what the chat could not show, and links to anybody's site but the app's own. */
export function checkReply(app: App, text: string, publicUrl: string): void {
  const isText = text.trim() !== '' && !hasControlCharacters(text.replaceAll('\n', ''))
  if (!isText || Buffer.byteLength(text) > MAX_REPLY_TEXT) {
    const message = `A text has 1 to ${MAX_REPLY_TEXT} bytes of printable characters and line breaks.`
    throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'text', message }] })
  }
  if (hasForeignLink(text, ownHosts(app, publicUrl))) throw foreign()
}

export interface MiniProgram {
  appid: string
  pagepath?: string
}

/** Where a tap on a notice leads: to a page of the app's own origins, or to a mini program that the operator has listed for it. */
export function checkPage(app: App, to: { url?: string; miniProgram?: MiniProgram }, publicUrl: string): void {
  if (to.url !== undefined) checkOwn([publicUrl, ...app.allowedOrigins, ...app.returnUrls], 'url', to.url)
  if (to.miniProgram && !app.miniPrograms.includes(to.miniProgram.appid)) {
    const message = `Let the operator run: hufu app set ${app.id} --mini-program ${to.miniProgram.appid}`
    throw new DomainError('url_not_allowed', { detail: message, errors: [{ path: 'mini_program', message }] })
  }
}

/** The values of templates, by where they stand in the request: what WeChat shows as a card is no way around the rule for links. */
export function checkData(
  app: App,
  places: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>,
  publicUrl: string,
): void {
  const own = ownHosts(app, publicUrl)
  const errors = Object.entries(places).flatMap(([place, data]) => foreignValues(data ?? {}, own, place))
  if (errors.length > 0) throw new DomainError('url_not_allowed', { detail: linkRule, errors: errors.slice(0, 20) })
}

/** Whether an address is of these origins. A browser reads more than one spelling as an address: only the plain one is let through. */
export function checkOwn(origins: readonly string[], path: string, address: string): void {
  const own = new Set(origins.map((url) => new URL(url).origin))
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isPlain =
    url && url.username === '' && url.password === '' && address.startsWith(`${url.origin}/`) && !/[\s\\]/.test(address)
  if (!url || !isPlain || !own.has(url.origin)) throw foreign(path)
}

/** What WeChat would refuse in a one-time subscription message. @see https://developers.weixin.qq.com/doc/service/guide/product/message/One-time_subscription_info.html */
export function checkOneTime({ title, content }: { title: string; content: string }): void {
  const errors = [
    { path: 'one_time.title', isWrong: isUnfit(title, 15, title), message: '1 to 15 characters, in one line.' },
    {
      path: 'one_time.content',
      isWrong: isUnfit(content, 200, content.replaceAll('\n', '')),
      message: '1 to 200 characters; of control characters only line breaks.',
    },
  ].flatMap(({ isWrong, ...error }) => (isWrong ? [error] : []))
  if (errors.length > 0) throw new DomainError('invalid_value', { detail: 'WeChat would refuse this message.', errors })
}

function isUnfit(text: string, most: number, shown: string): boolean {
  return text.trim() === '' || text.length > most || hasControlCharacters(shown)
}

function foreign(path = 'text'): DomainError {
  return new DomainError('url_not_allowed', { detail: linkRule, errors: [{ path, message: linkRule }] })
}

const dayMs = 24 * 3_600_000
const longestMs = 30 * dayMs

/** When it may go out, in milliseconds, or NaN for a second that no clock shows; `sendAt` null: at once. @throws invalid_value */
export function timesOf(
  { sendAt, notAfter }: { sendAt?: number; notAfter?: number },
  now: number,
): { sendAt: number | null; notAfter: number } {
  const from = Math.max(now, sendAt ?? now)
  const until = notAfter ?? from + dayMs
  const wrong = (path: string, message: string) =>
    new DomainError('invalid_value', { detail: message, errors: [{ path, message }] })
  if (!(from <= now + longestMs)) throw wrong('send_at', 'At most 30 days from now.')
  if (!(until > from && until <= from + longestMs))
    throw wrong('not_after', 'After the sending, and at most 30 days after it.')
  return { sendAt: from > now ? from : null, notAfter: until }
}

/** JSON with its keys in order, so that the same request is the same text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
