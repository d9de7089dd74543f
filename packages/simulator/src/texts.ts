import type { Clock } from './clock.ts'
import { createRing, type Ring } from './ring.ts'
import type { Stream } from './stream.ts'

export type Text = { at: string; text: string }

/** Text messages by phone number: the network, and everybody's phone in it. */
export type Texts = {
  deliver(to: string, text: string): void
  list(phone: string): readonly Text[]
  clear(): void
}

const KEPT_PER_PHONE = 100

export function createTexts(deps: { clock: Clock; stream: Stream }): Texts {
  const phones = new Map<string, Ring<Text>>()
  return {
    deliver(to, text) {
      const ring = phones.get(to) ?? createRing<Text>(KEPT_PER_PHONE)
      phones.set(to, ring)
      ring.push({ at: new Date(deps.clock.now()).toISOString(), text })
      deps.stream.publish({ kind: 'sms' })
    },
    list: (phone) => phones.get(phone)?.list() ?? [],
    clear: () => phones.clear(),
  }
}
