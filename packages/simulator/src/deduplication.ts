import type { Clock } from './clock.ts'

const KEPT_MS = 600_000

/** `client_msg_id`: what was sent to an openid under it within the last ten minutes. */
export type Deduplication = {
  find(openid: string, clientMsgId: string): string | undefined
  remember(openid: string, clientMsgId: string, msgid: string): void
  clear(): void
}

export function createDeduplication({ clock }: { clock: Clock }): Deduplication {
  /** Oldest first. */
  const sent = new Map<string, { msgid: string; until: number }>()

  function forgetOld(): void {
    for (const [key, { until }] of sent) {
      if (until > clock.now()) return
      sent.delete(key)
    }
  }

  return {
    find(openid, clientMsgId) {
      const found = sent.get(`${openid}|${clientMsgId}`)
      return found && found.until > clock.now() ? found.msgid : undefined
    },
    remember(openid, clientMsgId, msgid) {
      forgetOld()
      sent.delete(`${openid}|${clientMsgId}`)
      sent.set(`${openid}|${clientMsgId}`, { msgid, until: clock.now() + KEPT_MS })
    },
    clear: () => sent.clear(),
  }
}
