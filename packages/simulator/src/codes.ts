import type { Account, Accounts } from './accounts.ts'
import type { Clock } from './clock.ts'
import { base62 } from './ids.ts'
import { createRing } from './ring.ts'
import type { Stream } from './stream.ts'

/** A parametric QR code (带参数二维码). */
export type Code = {
  ticket: string
  content: string
  appid: string
  /** As it stands in EventKey. */
  scene: string
  numeric: boolean
  permanent: boolean
  createdAt: number
  expiresAt: number | null
}

export type NewCode = { scene: string; numeric: boolean; expireSeconds: number | null }

type Found = { kind: 'code'; code: Code } | { kind: 'account'; account: Account } | { kind: 'unknown' }

export type Codes = {
  create(account: Account, wanted: NewCode): Code
  permanentCount(account: Account): number
  findPermanent(account: Account, wanted: NewCode): Code | undefined
  /** By what the QR says, by ticket, or by a showqrcode address. */
  find(input: string): Found
  isExpired(code: Code): boolean
  /** Lately made and still valid, newest first. */
  recent(appid?: string): Code[]
  clear(): void
}

const REMEMBER_EXPIRED_MS = 600_000
const SHOWN = 200

export function createCodes(deps: { clock: Clock; stream: Stream; accounts: Accounts }): Codes {
  const byTicket = new Map<string, Code>()
  const byContent = new Map<string, Code>()
  const permanent = new Map<string, Map<string, Code>>()
  const temporary = new Set<Code>()
  const recent = createRing<Code>(SHOWN)

  const permanentKey = (wanted: { scene: string; numeric: boolean }) =>
    `${wanted.numeric ? 'id' : 'str'}|${wanted.scene}`
  const isExpired = (code: Code) => code.expiresAt !== null && code.expiresAt <= deps.clock.now()

  /** Codes are made by the hundred a second in benchmarks: those long expired go, oldest first. */
  function forgetOld(): void {
    for (const code of temporary) {
      if ((code.expiresAt ?? 0) + REMEMBER_EXPIRED_MS >= deps.clock.now()) return
      temporary.delete(code)
      byTicket.delete(code.ticket)
      byContent.delete(code.content)
    }
  }

  function ticketOf(input: string): string {
    if (!URL.canParse(input)) return input
    const url = new URL(input)
    return url.pathname === '/cgi-bin/showqrcode' ? (url.searchParams.get('ticket') ?? '') : input
  }

  /** The public page with an account's code: pressing the picture does what scanning it does. */
  function accountOfPage(input: string): Account | undefined {
    const url = URL.parse(input)
    if (url?.pathname !== '/qr/code') return undefined
    return deps.accounts.findByOriginalId(url.searchParams.get('username') ?? '')
  }

  return {
    create(account, wanted) {
      forgetOld()
      const now = deps.clock.now()
      const code: Code = {
        ticket: `gQ${base62(92)}==`,
        content: `http://weixin.qq.com/q/${base62(22)}`,
        appid: account.appid,
        scene: wanted.scene,
        numeric: wanted.numeric,
        permanent: wanted.expireSeconds === null,
        createdAt: now,
        expiresAt: wanted.expireSeconds === null ? null : now + wanted.expireSeconds * 1000,
      }
      byContent.set(code.content, code)
      if (code.permanent) {
        const ours = permanent.get(account.appid) ?? new Map<string, Code>()
        permanent.set(account.appid, ours.set(permanentKey(wanted), code))
      } else {
        temporary.add(code)
      }
      byTicket.set(code.ticket, code)
      recent.push(code)
      deps.stream.publish({ kind: 'codes', account: account.appid })
      return code
    },
    permanentCount: (account) => permanent.get(account.appid)?.size ?? 0,
    findPermanent: (account, wanted) => permanent.get(account.appid)?.get(permanentKey(wanted)),
    find(input) {
      const code = byContent.get(input) ?? byTicket.get(ticketOf(input))
      if (code !== undefined) return { kind: 'code', code }
      const account = deps.accounts.findByFollowContent(input) ?? accountOfPage(input)
      return account === undefined ? { kind: 'unknown' } : { kind: 'account', account }
    },
    isExpired,
    recent: (appid) =>
      recent
        .list()
        .filter((code) => !isExpired(code) && (appid === undefined || code.appid === appid))
        .reverse(),
    clear() {
      for (const known of [byTicket, byContent, permanent, temporary, recent]) known.clear()
    },
  }
}
