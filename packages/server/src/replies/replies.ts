import type { Account } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { type Flows, hostOf, type Scan, type ScannedFlow } from '../flows/flows.ts'
import type { Clock } from '../store/clock.ts'
import { type Texts, texts } from './texts.ts'

/** What the chat answers. Short, exact, and able to be read by someone who did not expect it. */
export interface Replies {
  /** To the scan of a flow's code. */
  toScan(scan: Exclude<Scan, { outcome: 'foreign' }>): string
  /** To a new follower who did not come by a flow's code. `{link}` in the text becomes a link of their own into the site. */
  welcome(account: Account, link: () => string | undefined): string
}

export function createReplies(deps: { apps: Apps; flows: Flows; clock: Clock; publicUrl: () => string }): Replies {
  const { apps, flows, clock } = deps

  function facts(flow: ScannedFlow, app: App, words: Texts): string {
    const { browser, os } = JSON.parse(flow.browser ?? '{}')
    const from = words.device(browser, os)
    return words.ask({
      kind: flow.kind,
      site: siteName(app),
      person: flow.display_name ?? undefined,
      from,
      at: beijingTime(flow.scanned_at ?? clock.now()),
    })
  }

  return {
    toScan(scan) {
      if (!('flow' in scan)) return texts['zh-CN'].over
      const { flow } = scan
      const words = texts[flow.locale === 'en' ? 'en' : 'zh-CN']
      const app = apps.get(flow.app_id)
      if (scan.outcome === 'taken') return words.taken
      if (scan.outcome === 'conflict') return words.conflict(siteName(app))
      if (scan.outcome === 'confirmed') return words.confirmed(flow.kind, siteName(app))
      const url = `${deps.publicUrl()}/confirm/${flows.secrets.confirmToken(flow.id)}`
      return `${facts(flow, app, words)}\n\n<a href="${url}">${words.open}</a>\n\n${words.warning}`
    },
    welcome(account, link) {
      const text = account.welcome ?? texts['zh-CN'].welcome(account.name)
      if (!text.includes(linkPlaceholder)) return text
      const url = link()
      if (url !== undefined) return text.replaceAll(linkPlaceholder, url)
      // Where there is no link, the line about it is no use either.
      const lines = text.split('\n').filter((line) => !line.includes(linkPlaceholder))
      return lines.join('\n').trim() || texts['zh-CN'].welcome(account.name)
    },
  }
}

const linkPlaceholder = '{link}'

function siteName(app: App): string {
  const host = hostOf(app)
  return host ? `${app.name} (${host})` : app.name
}

const beijingOffsetMs = 8 * 3_600_000

/** HH:MM as the follower's wall clock shows it. */
function beijingTime(at: number): string {
  const minutes = Math.floor((at + beijingOffsetMs) / 60_000) % (24 * 60)
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
