import type { Clock } from './clock.ts'

type Trigger = 'message' | 'menu' | 'follow' | 'scan'
type WindowVerdict = 'open' | 'closed' | 'used_up'
type TypingVerdict = 'ok' | 'no_interaction' | 'typing_already'

const HOUR = 3600_000
const INTERACTION_MS = 30_000
/** How long the phone shows 对方正在输入 for one command. */
const TYPING_MS = 15_000
/** How many customer-service messages a trigger allows, and for how long. */
const RULES: Record<Trigger, { messages: number; validMs: number }> = {
  message: { messages: 5, validMs: 48 * HOUR },
  menu: { messages: 3, validMs: 60_000 },
  follow: { messages: 3, validMs: 60_000 },
  scan: { messages: 3, validMs: 60_000 },
}

/** The windows in which an account may write to a person unasked. @see https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html */
export type Windows = {
  open(appid: string, openid: string, trigger: Trigger): void
  /** Takes one message from the window that closes first. */
  take(appid: string, openid: string): WindowVerdict
  /** 对方正在输入: only within 30 seconds of something the person did, and not twice. */
  typing(appid: string, openid: string, starts: boolean): TypingVerdict
  close(appid: string, openid: string): void
  clear(): void
}

export function createWindows({ clock }: { clock: Clock }): Windows {
  const windows = new Map<string, Map<Trigger, { until: number; left: number }>>()
  const interactions = new Map<string, number>()
  const typing = new Map<string, number>()
  const key = (appid: string, openid: string) => `${appid}|${openid}`
  return {
    open(appid, openid, trigger) {
      const ofPerson = windows.get(key(appid, openid)) ?? new Map()
      const { messages, validMs } = RULES[trigger]
      interactions.set(key(appid, openid), clock.now())
      windows.set(key(appid, openid), ofPerson.set(trigger, { until: clock.now() + validMs, left: messages }))
    },
    take(appid, openid) {
      const open = [...(windows.get(key(appid, openid))?.values() ?? [])].filter(({ until }) => until > clock.now())
      const first = open.filter(({ left }) => left > 0).sort((a, b) => a.until - b.until)[0]
      if (first === undefined) return open.length > 0 ? 'used_up' : 'closed'
      first.left--
      typing.delete(key(appid, openid))
      return 'open'
    },
    typing(appid, openid, starts) {
      const one = key(appid, openid)
      const since = clock.now() - (interactions.get(one) ?? Number.NEGATIVE_INFINITY)
      if (since > INTERACTION_MS) return 'no_interaction'
      if (starts && (typing.get(one) ?? 0) > clock.now()) return 'typing_already'
      if (starts) typing.set(one, clock.now() + TYPING_MS)
      else typing.delete(one)
      return 'ok'
    },
    close(appid, openid) {
      for (const map of [windows, interactions, typing]) map.delete(key(appid, openid))
    },
    clear() {
      for (const map of [windows, interactions, typing]) map.clear()
    },
  }
}
