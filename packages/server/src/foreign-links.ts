import type { App } from './apps/apps.ts'

/** What WeChat makes a link of: an anchor, an address, and whatever else has a scheme, with whatever stands before it. */
const links =
  /[a-z][a-z0-9+.-]*:[\\/]{2}[^\s<>"'，。；！？、）】」]+|\bhref\s*=\s*["']?([^"'\s>]*)|data-miniprogram-\w+/gi

/** And what looks like a host, without a scheme: it begins with www, or has an address's path, or one of the endings that people know. */
const bareHosts =
  /(?<![\w@-]|[\w*•]\.|[\w.]\/)(?:www\.[a-z0-9.-]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?=:\d|[\\/])|(?:\d{1,3}\.){3}\d{1,3}(?!\w)|(?:[a-z0-9-]+\.)+(?:com|net|org|cn|top|xyz|vip|shop|site|online|club|info|io|cc|app|link|ltd|tech|store|live|work|wang|fun|icu|hk|tw|co|biz|pro|dev|mobi|ru|tv)(?![\w-]))(?::\d+)?/gi

/** An address of IP by itself, which notices of logins have: nobody's phone makes a link of it in a card. */
const bareAddresses = /(?<![\w@./-])(?:\d{1,3}\.){3}\d{1,3}(?![\w:\\/-]|\.\w)/g

export const linkRule = 'A link leads to a host of the app’s origins or return URLs.'

/** The hosts that a text for one of the app's users may lead to. */
export function ownHosts(app: Pick<App, 'allowedOrigins' | 'returnUrls'>, publicUrl: string): ReadonlySet<string> {
  return new Set([publicUrl, ...app.allowedOrigins, ...app.returnUrls].map((url) => new URL(url).host))
}

/** Whether something in it could be tapped, or typed off, that leads elsewhere. */
export function hasForeignLink(text: string, own: ReadonlySet<string>): boolean {
  for (const [link, href] of text.matchAll(links)) {
    const url = href ?? link
    const { protocol = '', host = '', username = '' } = URL.canParse(url) ? new URL(url) : {}
    if (!/^https?:$/.test(protocol) || !own.has(host) || username !== '') return true
  }
  return [...text.replaceAll(links, ' ').matchAll(bareHosts)].some(([host]) => !own.has(host.toLowerCase()))
}

/** Those of a template's values that lead elsewhere. */
export function foreignValues(
  data: Readonly<Record<string, string>>,
  own: ReadonlySet<string>,
  place = 'data',
): { path: string; message: string }[] {
  return Object.entries(data)
    .filter(([, value]) => hasForeignLink(value.replaceAll(bareAddresses, ' '), own))
    .map(([key]) => ({ path: `${place}.${key}`, message: linkRule }))
}
