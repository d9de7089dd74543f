import type { Clock } from '../store/clock.ts'

/** Which push each plaintext signature came with, while it is fresh. A repeat of the same push is welcome, another push under it is not. */
export interface SignatureMemory {
  fits(appid: string, query: string, dedupeKey: string): boolean
}

/** Longer than a signature stays fresh, both ways. */
const windowMs = 11 * 60_000

/** Two generations of a map: the older one is dropped whole, so nothing has to be looked through. */
export function createSignatureMemory(clock: Clock): SignatureMemory {
  let current = new Map<string, string>()
  let former = new Map<string, string>()
  let turnAt = clock.now() + windowMs
  return {
    fits(appid, query, dedupeKey) {
      if (clock.now() >= turnAt) {
        former = current
        current = new Map()
        turnAt = clock.now() + windowMs
      }
      const name = `${appid} ${/(?:^|&)signature=([0-9A-Fa-f]{40})/.exec(query)?.[1]?.toLowerCase() ?? ''}`
      const known = current.get(name) ?? former.get(name)
      if (known === undefined) current.set(name, dedupeKey)
      return known === undefined || known === dedupeKey
    },
  }
}
