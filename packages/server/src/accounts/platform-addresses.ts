import { BlockList, isIPv6 } from 'node:net'
import type { Clock } from '../store/clock.ts'
import type { Account } from './accounts.ts'

/** Where an account's pushes come from, as the platform itself says. Asking also teaches the account's clock. */
export interface PlatformAddresses {
  /** True while the list is not known yet: nobody is muted on a guess. */
  has(account: Account, address: string): boolean
  refresh(account: Account): void
}

const dayMs = 24 * 3_600_000
const pauseMs = 10_000

export function createPlatformAddresses(deps: {
  clock: Clock
  log: { error(details: object, message: string): void }
}): PlatformAddresses {
  const { clock, log } = deps
  const known = new Map<string, { list: BlockList | undefined; askedAt: number; learnedAt: number }>()

  function refresh(account: Account): void {
    const entry = known.get(account.appid)
    if (entry && clock.now() - entry.askedAt < pauseMs) return
    known.set(account.appid, { list: entry?.list, askedAt: clock.now(), learnedAt: entry?.learnedAt ?? 0 })
    account.client.callbackIps().then(
      (addresses) =>
        known.set(account.appid, { list: blockListOf(addresses), askedAt: clock.now(), learnedAt: clock.now() }),
      (error) => log.error({ err: error }, 'the platform’s addresses could not be asked for'),
    )
  }

  return {
    refresh,
    has(account, address) {
      const entry = known.get(account.appid)
      if (!entry || clock.now() - entry.learnedAt > dayMs) refresh(account)
      if (!entry?.list) return true
      const plain = address.replace(/^::ffff:/, '')
      return entry.list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
    },
  }
}

/** Addresses, some with a prefix length, as getcallbackip gives them. What is neither is passed over: the rest still counts. */
function blockListOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses) {
    const [host = '', prefix] = address.split('/')
    const family = isIPv6(host) ? 'ipv6' : 'ipv4'
    try {
      if (prefix) list.addSubnet(host, Number(prefix), family)
      else list.addAddress(host, family)
    } catch {
      // Not an address.
    }
  }
  return list
}
