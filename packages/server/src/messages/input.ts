import { MAX_REPLY_TEXT } from '@hufu/wechat'
import type { App } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { hasControlCharacters } from '../text.ts'

/** What WeChat makes a link of: an anchor, an address, and whatever else has a scheme, with whatever stands before it. */
const links =
  /[a-z][a-z0-9+.-]*:[\\/]{2}[^\s<>"'，。；！？、）】」]+|\bhref\s*=\s*["']?([^"'\s>]*)|data-miniprogram-\w+/gi

/** And what looks like a host, without a scheme: it begins with www, or has an address's path, or one of the endings that people know. */
const bareHosts =
  /(?<![\w@./-])(?:www\.[a-z0-9.-]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?=:\d|[\\/])|(?:\d{1,3}\.){3}\d{1,3}(?!\w)|(?:[a-z0-9-]+\.)+(?:com|net|org|cn|top|xyz|vip|shop|site|online|club|info|io|cc|app|link|ltd|tech|store|live|work|wang|fun|icu|hk|tw|co|biz|pro|dev|mobi|ru|tv)(?![\w-]))(?::\d+)?/gi

/** Refuses what the chat could not show, and links to anybody's site but the app's own. */
export function checkReply(app: App, text: string, publicUrl: string): void {
  const isText = text.trim() !== '' && !hasControlCharacters(text.replaceAll('\n', ''))
  if (!isText || Buffer.byteLength(text) > MAX_REPLY_TEXT) {
    const message = `A text has 1 to ${MAX_REPLY_TEXT} bytes of printable characters and line breaks.`
    throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'text', message }] })
  }
  const own = new Set([publicUrl, ...app.allowedOrigins, ...app.returnUrls].map((url) => new URL(url).host))
  for (const [link, href] of text.matchAll(links)) {
    const url = href ?? link
    const { protocol = '', host = '', username = '' } = URL.canParse(url) ? new URL(url) : {}
    if (!/^https?:$/.test(protocol) || !own.has(host) || username !== '') throw foreign()
  }
  for (const [host] of text.replaceAll(links, ' ').matchAll(bareHosts))
    if (!own.has(host.toLowerCase())) throw foreign()
}

function foreign(): DomainError {
  return new DomainError('url_not_allowed', 'A link leads to a host of the app’s origins or return URLs.')
}
