import { hash } from 'node:crypto'
import type { OpenedPush } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import { readTyped } from '../chat/chat.ts'
import type { ChatInput, ScanInput } from '../flows/flows.ts'
import type { Arrival } from '../followers/followers.ts'
import { createLimiter } from '../limiter.ts'
import { heardOf } from '../messages/messages.ts'
import type { Clock } from '../store/clock.ts'
import type { Users } from '../users/users.ts'
import type { Waiting } from './queue.ts'

/** One push on its way through the batch. */
export interface Item extends Waiting {
  account: Account
  opened: OpenedPush
  dedupeKey: string
  openidIndex: string
  arrival: Arrival | undefined
  scan: ScanInput | undefined
  heard: ReturnType<typeof heardOf>
  chat: ChatInput | undefined
  /** Asked once of the limiters, however often the batch is decided anew. */
  isFrenzied: () => boolean
}

/** A site may answer until then, counted from the arrival of the push. */
export const siteMs = 4_000
/** WeChat waits five seconds; what cannot be durable by then is answered 503 while it still listens. */
export const patienceMs = 4_300
const repliesMs = 10_000

/** What a batch needs to know of each push before it reads anything. */
export function createPreparing(deps: { clock: Clock; users: Users }): (account: Account, opened: OpenedPush) => Item {
  const { clock, users } = deps
  /** A person who scans in a frenzy gets one answer in ten seconds after the first ten in a minute; the effects happen all the same. */
  const talkative = createLimiter({ clock, limit: 10, windowMs: 60_000 })
  const replied = createLimiter({ clock, limit: 1, windowMs: repliesMs })
  /** The same for what they write and tap: a scan is answered however much somebody has written. */
  const chatty = createLimiter({ clock, limit: 10, windowMs: 60_000 })
  const answered = createLimiter({ clock, limit: 1, windowMs: repliesMs })

  return function prepare(account: Account, opened: OpenedPush): Item {
    const { push } = opened
    const openidIndex = push.openid === undefined ? '' : users.wechatIndex(account.appid, push.openid)
    const arrival =
      push.openid === undefined ? undefined : { account, openid: push.openid, openidIndex, createTime: push.createTime }
    const isScan = (push.kind === 'subscribe' || push.kind === 'scan') && push.scene !== undefined
    const scan = isScan ? { account, scene: push.scene ?? '', ticket: push.ticket, openidIndex } : undefined
    const [first, then] = isScan ? [talkative, replied] : [chatty, answered]
    const typed = push.kind === 'text' ? readTyped(push.content) : undefined
    let frenzied: boolean | undefined
    return {
      account,
      opened,
      due: performance.now() + patienceMs,
      dedupeKey: deliveryKey(account.appid, opened),
      openidIndex,
      arrival,
      scan,
      heard: heardOf(push),
      chat: typed && { account, openidIndex, typed },
      isFrenzied() {
        frenzied ??= first.take(openidIndex) > 0 && then.take(openidIndex) > 0
        return frenzied
      },
    }
  }
}

/**
 * The push within the whole installation: its second, then 96 bits of who and what. Short, and in order of time, because every arrival looks it
 * up and adds it: the index then grows at its end, on a page that is in memory already.
 */
function deliveryKey(appid: string, { push, dedupeKey }: OpenedPush): string {
  return push.createTime.toString(36) + hash('sha256', `${appid}|${dedupeKey}`, 'base64url').slice(0, 16)
}
