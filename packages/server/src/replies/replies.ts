import { MAX_REPLY_TEXT } from '@hufu/wechat'
import type { Account, Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import { confirmsInChat } from '../chat/chat.ts'
import { type ChatAnswer, type Flows, hostOf, kindOf, type Scan, type ScannedFlow } from '../flows/flows.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch } from '../store/store.ts'
import { beijingTime, unlinked } from '../text.ts'
import { fillLinks } from './placeholders.ts'
import type { ReplyRules } from './rules.ts'
import { type Texts, texts } from './texts.ts'

/** A follower, in the batch in which they are answered. */
export interface Addressee {
  batch: Batch
  account: Account
  openidIndex: string
}

/**
 * A one-time link that begins in WeChat, for this follower alone, written with the batch that hands it out. Without an app: into the account's
 * only one. @returns undefined where there is none to give
 */
export type LinkFor = (
  batch: Batch,
  to: { account: Account; openidIndex: string; appId: string | undefined },
) => string | undefined

/** What the chat answers. Short, exact, and able to be read by someone who did not expect it. */
export interface Replies {
  /** To the scan of a flow's code, or to what was typed for a flow. */
  toScan(account: Account, scan: Exclude<Scan | ChatAnswer, { outcome: 'foreign' }>): string
  /** To the tap on a menu that asks for the code of a page. */
  codePrompt(account: Account): string
  /** To words by which somebody wants no notices any more, or wants them again. */
  toMute(account: Account, mute: 'muted' | 'unmuted'): string
  /** To a new follower who did not come by a flow's code. */
  welcome(addressee: Addressee): string | undefined
  /** To what a follower wrote, or to the key of the menu button they tapped, where a rule says so; `isFrenzied` is only asked then. */
  toHeard(
    addressee: Addressee,
    heard: { words: string } | { key: string },
    isFrenzied: () => boolean,
  ): string | undefined
}

export function createReplies(deps: {
  accounts: Accounts
  apps: Apps
  flows: Flows
  clock: Clock
  rules: Pick<ReplyRules, 'match'>
  linkFor: LinkFor
  publicUrl: () => string
}): Replies {
  const { accounts, apps, flows, clock, rules } = deps

  function fill(addressee: Addressee, text: string): string | undefined {
    const { batch, account, openidIndex } = addressee
    const filled = fillLinks(text, (appId) => deps.linkFor(batch, { account, openidIndex, appId }))
    // What does not fit, WeChat would refuse as a whole, and tell the person that we are out of order.
    return filled !== undefined && Buffer.byteLength(filled) > MAX_REPLY_TEXT ? undefined : filled
  }

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
      kind: kindOf(flow),
      purpose: purposeOf(flow),
      site: siteName(app),
      person: flow.display_name ?? undefined,
      from,
      at: beijingTime(flow.scanned_at ?? clock.now()),
    })
  }

  /** A site's own words, with nothing in them to be tapped. */
  const purposeOf = (flow: ScannedFlow) => unlinked(flows.purposeOf(flow) ?? '')

  return {
    toScan(account, scan) {
      if (!('flow' in scan)) return texts[account.locale][scan.outcome === 'unknown' ? 'over' : scan.outcome]
      const { flow } = scan
      const words = texts[flow.locale === 'en' ? 'en' : 'zh-CN']
      const app = apps.get(flow.app_id)
      switch (scan.outcome) {
        case 'taken':
          return flow.chat_index === null ? words.taken : words.codeTaken
        case 'not_theirs':
          return words.notTheirs(siteName(app))
        case 'conflict':
          return (flow.chat_index === null ? words.conflict : words.codeConflict)(siteName(app))
        case 'confirmed':
          return words.confirmed(kindOf(flow), siteName(app), purposeOf(flow))
        case 'unregistered':
          return words.unregistered(siteName(app))
        case 'hand_back':
          return words.handBack(flows.secrets.code(flow.id), purposeOf(flow))
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
    codePrompt: (account) => texts[account.locale].codePrompt,
    toMute: (account, mute) => texts[account.locale][mute],
    welcome(addressee) {
      const { welcome, name, locale } = addressee.account
      return (welcome === undefined ? undefined : fill(addressee, welcome)) ?? texts[locale].welcome(name)
    },
    toHeard(addressee, heard, isFrenzied) {
      const rule = rules.match(addressee.account.appid, heard)
      return rule && !isFrenzied() ? fill(addressee, rule.text) : undefined
    },
  }
}

function siteName(app: App): string {
  const host = hostOf(app)
  return host ? `${app.name} (${host})` : app.name
}
