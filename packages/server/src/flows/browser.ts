import bowser from 'bowser'

/** What the phone's page says of the browser that shows the QR. */
export interface BrowserFacts {
  browser?: string
  os?: string
}

/** Names from a User-Agent header; an odd one gives nothing rather than nonsense. */
export function browserFacts(userAgent: string | undefined): BrowserFacts {
  if (!userAgent) return {}
  const parsed = bowser.parse(userAgent.slice(0, 512))
  const named = (name: string | undefined) => (name && name.length <= 32 ? name : undefined)
  const browser = named(parsed.browser.name)
  const os = named(parsed.os.name)
  return { ...(browser && { browser }), ...(os && { os }) }
}
