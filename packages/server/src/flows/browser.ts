import bowser from 'bowser'
import { plainText } from '../text.ts'

/** What the phone's page says of the browser that shows the QR. */
export interface BrowserFacts {
  browser?: string
  os?: string
}

/** Names from a User-Agent header; an odd one gives nothing rather than nonsense. */
export function browserFacts(userAgent: string | undefined): BrowserFacts {
  if (!userAgent) return {}
  const parsed = bowser.parse(userAgent.slice(0, 512))
  // The parser repeats what it does not know, and whoever shows the QR chooses the header: no link of theirs may reach the chat.
  const named = (name: string | undefined) => (name && name.length <= 32 && plainText(name) === name ? name : undefined)
  const browser = named(parsed.browser.name)
  const os = named(parsed.os.name)
  return { ...(browser && { browser }), ...(os && { os }) }
}
