import type { Events } from '../events/events.ts'
import type { ScannedFlows } from '../flows/flows.ts'
import type { Arrival, GatheredFollowers } from '../followers/followers.ts'
import type { HeardMessages } from '../messages/messages.ts'
import type { HeardMutes } from '../mutes/mutes.ts'
import type { HeardPermissions } from '../permissions/permissions.ts'
import type { Replies } from '../replies/replies.ts'
import type { Batch } from '../store/store.ts'
import { carryOutAuthorization, isAuthorization } from './authorizations.ts'
import { type Item, patienceMs, siteMs } from './items.ts'

/** What a push came to. */
export interface Effects {
  text?: string | undefined
  openMs?: number
}

/** A row of the inbox, its columns in the order of the table. */
export type Stored = {
  appid: string
  dedupeKey: string
  kind: string
  openidIndex: string
  createdAt: number
  receivedAt: number
  document: Uint8Array | null
  reply: Uint8Array | null
}

/** What a batch works on: everything it read, and everything it is going to write. */
export interface Desk {
  batch: Batch
  answered: Map<string, Uint8Array | null>
  followers: GatheredFollowers
  flows: ScannedFlows
  messages: HeardMessages
  permissions: HeardPermissions
  mutes: HeardMutes
  pushes: Stored[]
  /** What this person wrote is forgotten. */
  forget(appid: string, openidIndex: string): void
  put(): void
}

/** A menu's click that asks how to hand in the code of a page. */
const codeMenuKey = 'hufu_code'

/** Decides one push after the other, on what the batch has read. @returns the effects of one, and the text it is answered with */
export function createHandling(deps: { events: Events; replies: Replies }): (desk: Desk, item: Item) => Effects {
  const { events, replies } = deps

  /** What a follower wrote or tapped: the account's own rules answer at once, and the sites that know the person hear of it. */
  function hear(desk: Desk, item: Item, arrival: Arrival): Effects {
    const { account, opened, openidIndex, dedupeKey, heard, chat } = item
    if (!heard || !desk.followers.follows(arrival, 'seen')) return {}
    const { push } = opened
    desk.messages.open(account.appid, openidIndex, push)
    if (push.kind === 'click' && push.eventKey === codeMenuKey) {
      return item.isFrenzied() ? {} : { text: replies.codePrompt(account) }
    }
    const said = chat && desk.flows.hear(chat)
    // What was typed for a page's flow is no word to the account or to a site.
    if (said && said.outcome !== 'foreign') return item.isFrenzied() ? {} : { text: replies.toScan(account, said) }
    const apps = desk.followers.knownTo(arrival).map(({ app_id }) => app_id)
    const mute =
      heard.what === 'message' && apps.length > 0 && desk.mutes.tell([account.appid, openidIndex], heard.words, apps)
    if (mute) return item.isFrenzied() ? {} : { text: replies.toMute(account, mute) }
    const rule = heard.what === 'menu' ? { key: heard.key } : { words: heard.words }
    const text = replies.toHeard({ batch: desk.batch, account, openidIndex }, rule, item.isFrenzied)
    const openMs = desk.messages.tell({
      push,
      heard,
      appid: account.appid,
      openidIndex,
      dedupeKey,
      knownTo: desk.followers.knownTo(arrival),
      answered: text !== undefined,
      patienceMs: item.due - performance.now() - (patienceMs - siteMs),
    })
    return { text, openMs }
  }

  return function handle(desk: Desk, item: Item): Effects {
    const { account, opened, openidIndex, arrival, scan, isFrenzied } = item
    const { push } = opened
    if (push.kind === 'unknown') {
      events.append(desk.batch, null, 'push.unknown', { account: account.appid, msg_type: push.msgType })
    }
    if (!arrival) return {}
    if (push.kind === 'template_send_job_finish' || push.kind === 'subscribe_msg_sent') {
      desk.messages.receive(account.appid, openidIndex, push)
      return {}
    }
    if (push.kind === 'subscribe_msg_popup' || push.kind === 'subscribe_msg_change') {
      desk.permissions.tell(account.appid, openidIndex, push)
      return {}
    }
    if (push.kind === 'unsubscribe') {
      if (!desk.followers.unfollows(arrival)) return {}
      const leftAt = push.createTime * 1_000 - account.platformClock.offset()
      desk.flows.cancelOfScanner(openidIndex, leftAt, 'not_following')
      desk.forget(account.appid, openidIndex)
      return {}
    }
    if (isAuthorization(push)) {
      carryOutAuthorization(desk, push, arrival)
      return {}
    }
    if (push.kind !== 'subscribe' && push.kind !== 'scan') return hear(desk, item, arrival)
    const newest = desk.followers.follows(arrival, push.kind === 'subscribe' ? 'subscribe' : 'seen')
    if (newest) desk.messages.open(account.appid, openidIndex, push)
    const greet = () =>
      push.kind === 'subscribe' ? replies.welcome({ batch: desk.batch, account, openidIndex }) : undefined
    if (!scan) return { text: greet() }
    if (!newest) return {}
    const scanned = desk.flows.scan(scan)
    const ours = scanned.outcome !== 'foreign' && (scanned.outcome !== 'unknown' || push.kind === 'scan')
    if (isFrenzied()) return {}
    return { text: ours ? replies.toScan(account, scanned) : greet() }
  }
}
