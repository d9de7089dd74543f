import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { confirmsInChat } from '../chat/chat.ts'
import { type ChatAnswer, type Flows, hostOf, type Scan, type ScannedFlow } from '../flows/flows.ts'
import type { Clock } from '../store/clock.ts'
import { type Texts, texts } from './texts.ts'

/** What the chat answers. Short, exact, and able to be read by someone who did not expect it. */
export interface Replies {
  /** To the scan of a flow's code, or to what was typed for a flow. */
  toScan(scan: Exclude<Scan | ChatAnswer, { outcome: 'foreign' }>): string
  /** To the tap on a menu that asks for the code of a page. */
  codePrompt(): string
  /** To a new follower who did not come by a flow's code. */
  welcome(account: Account): string
}

export function createReplies(deps: {
  accounts: Accounts
  apps: Apps
  flows: Flows
  clock: Clock
  publicUrl: () => string
}): Replies {
  const { accounts, apps, flows, clock } = deps

  /** What the person is asked, and how they say yes: on a page, or where no page can prove who they are, in the chat. */
  function ask(flow: ScannedFlow, app: App, words: Texts): string {
    const account = accounts.find(flow.appid)
    if (account && confirmsInChat(account)) {
      return `${facts(flow, app, words)}\n\n${words.typeNumber}\n\n${words.typeWarning}`
    }
    const url = `${deps.publicUrl()}/confirm/${flows.secrets.confirmToken(flow.id)}`
    return `${facts(flow, app, words)}\n\n<a href="${url}">${words.open}</a>\n\n${words.warning}`
  }

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
      if (!('flow' in scan)) return texts['zh-CN'][scan.outcome === 'unknown' ? 'over' : scan.outcome]
      const { flow } = scan
      const words = texts[flow.locale === 'en' ? 'en' : 'zh-CN']
      const app = apps.get(flow.app_id)
      switch (scan.outcome) {
        case 'taken':
          return words.taken
        case 'conflict':
          return words.conflict(siteName(app))
        case 'confirmed':
          return words.confirmed(flow.kind, siteName(app))
        case 'hand_back':
          return words.handBack(flows.secrets.code(flow.id))
        case 'declined':
          return words.declined
        case 'wrong_number':
          return words.wrongNumber
        case 'too_many_tries':
          return words.tooManyTries
        case 'scanned':
        case 'scanned_again':
          return ask(flow, app, words)
      }
    },
    codePrompt: () => texts['zh-CN'].codePrompt,
    welcome: (account) => account.welcome ?? texts['zh-CN'].welcome(account.name),
  }
}

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
