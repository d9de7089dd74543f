import type { Clock } from './clock.ts'

type Trigger = 'message' | 'menu' | 'follow' | 'scan'
type WindowVerdict = 'open' | 'closed' | 'used_up'

const HOUR = 3600_000
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
  close(appid: string, openid: string): void
  clear(): void
}

export function createWindows({ clock }: { clock: Clock }): Windows {
  const windows = new Map<string, Map<Trigger, { until: number; left: number }>>()
  const key = (appid: string, openid: string) => `${appid}|${openid}`
  return {
    open(appid, openid, trigger) {
      const ofPerson = windows.get(key(appid, openid)) ?? new Map()
      const { messages, validMs } = RULES[trigger]
      windows.set(key(appid, openid), ofPerson.set(trigger, { until: clock.now() + validMs, left: messages }))
    },
    take(appid, openid) {
      const open = [...(windows.get(key(appid, openid))?.values() ?? [])].filter(({ until }) => until > clock.now())
      const first = open.filter(({ left }) => left > 0).sort((a, b) => a.until - b.until)[0]
      if (first === undefined) return open.length > 0 ? 'used_up' : 'closed'
      first.left--
      return 'open'
    },
    close(appid, openid) {
      windows.delete(key(appid, openid))
    },
    clear: () => windows.clear(),
  }
}
