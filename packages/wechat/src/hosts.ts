import { ConfigError } from './errors.ts'

/** The general host and its disaster-recovery hosts. */
export const API_ORIGINS: readonly string[] = [
  'https://api.weixin.qq.com',
  'https://api2.weixin.qq.com',
  'https://sh.api.weixin.qq.com',
  'https://sz.api.weixin.qq.com',
  'https://hk.api.weixin.qq.com',
]

/** After this long the first host is tried again. */
const RETURN_AFTER_MS = 60_000

/** The order in which hosts are tried: the one that works first, the others behind it. */
export interface HostList {
  /** Origins in order, the preferred one first. */
  order(): readonly string[]
  /** A connection to this origin failed: new calls begin with the next one. */
  failed(origin: string): void
}

/** @throws ConfigError */
export function createHostList(origins: readonly string[], now: () => number): HostList {
  if (origins.length === 0) throw new ConfigError('hosts.api', 'must name at least one origin')
  const hosts = origins.map((origin) => readOrigin(origin, 'hosts.api'))
  let preferred = 0
  let leftFirstAt = 0
  return {
    order() {
      if (preferred !== 0 && now() - leftFirstAt >= RETURN_AFTER_MS) preferred = 0
      return preferred === 0 ? hosts : [...hosts.slice(preferred), ...hosts.slice(0, preferred)]
    },
    failed(origin) {
      // Of many calls that fail at once only the first moves on.
      if (hosts[preferred] !== origin) return
      preferred = (preferred + 1) % hosts.length
      leftFirstAt = now()
    },
  }
}

/** @throws ConfigError unless it is scheme, host and port alone */
export function readOrigin(origin: string, field: string): string {
  const url = URL.parse(origin)
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== origin.replace(/\/$/, '')) {
    throw new ConfigError(field, 'must be an origin such as https://api.weixin.qq.com')
  }
  return url.origin
}
