import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import { DomainError } from '../errors.ts'
import { type FlowRow, type Flows, type FlowView, kindOf, stateOf } from '../flows/flows.ts'
import { createLimiter } from '../limiter.ts'
import type { Limits } from '../limits.ts'
import { networkOf } from '../network.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { SignIns } from '../signins/signins.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { equalSecrets } from '../vault/vault.ts'

export interface Visitor {
  ip: string
  userAgent: string | undefined
  locale: 'zh-CN' | 'en'
  /** appid, one of `ways`. */
  account: string
}

/** An account by which people can log in here. */
export interface Way {
  appid: string
  name: string
  /** Whether it can be opened in WeChat, too; else its people type a code in the chat. */
  isInWechat: boolean
}

/** Logging in to Hufu's own pages: the flow that every site uses, with Hufu as the site. */
export interface Login {
  /** Those of which the page can know the scanner by a QR code of its own come first. */
  ways(): Way[]
  /** @throws account_capability_missing */
  start(visitor: Visitor): Promise<{ flow: FlowView; secret: string }>
  /** The flow that this browser began, as it is. */
  find(id: string): Promise<{ flow: FlowView; secret: string } | undefined>
  enterCode(id: string, code: string): Promise<void>
  /** Redeems it. @returns the cookie of the new session; `unknown`: nobody here is known by this WeChat */
  finish(id: string, completionCode: string): Promise<{ cookie: string } | 'unknown'>
}

const minute = 60_000
const loginsPerAddress = 10

export function createLogin(deps: {
  store: Store
  clock: Clock
  accounts: Accounts
  apps: Apps
  flows: Flows
  users: Users
  sessions: Sessions
  signIns: SignIns
  limits: Pick<Limits, 'flowsPerAddress' | 'logins'>
}): Login {
  const { limits, store, clock, accounts, apps, flows, users, sessions, signIns } = deps

  // Anybody may ask for a QR code here, and each is one of the account's. What all may ask for together is far more than a few addresses may.
  const perAddress = createLimiter({
    clock,
    limit: Math.min(limits.flowsPerAddress, loginsPerAddress),
    windowMs: minute,
  })
  const forAll = createLimiter({ clock, limit: limits.logins, windowMs: minute })

  const isOwn = (row: FlowRow | undefined): row is FlowRow => row?.app_id === apps.own().id
  async function shown(row: FlowRow) {
    return { flow: await flows.show(row, 'browser'), secret: flows.secrets.browserSecret(row.id) }
  }

  function ways(): Way[] {
    const able = accounts.list().filter(({ mayAuthenticate }) => mayAuthenticate)
    return able
      .map(({ appid, name, capabilities }) => ({ appid, name, isInWechat: capabilities.webOauth }))
      .toSorted((one, other) => Number(other.isInWechat) - Number(one.isInWechat))
  }

  return {
    ways,
    async start({ ip, userAgent, locale, account }) {
      const retryAfter = perAddress.take(networkOf(ip)) || forAll.take('all')
      if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
      if (!ways().some(({ appid }) => appid === account))
        throw new DomainError('account_capability_missing', 'Nobody can log in here by this account.')
      const browser = { ip, ...(userAgent && { user_agent: userAgent.slice(0, 1024) }) }
      // Whoever is in may erase everything, and set a new password: six digits, whatever the app is set to.
      return shown(await flows.create(apps.own(), { kind: 'login', account, assurance: 'code', locale, browser }))
    },
    async find(id) {
      const row = await flows.find(id)
      return isOwn(row) ? shown(row) : undefined
    },
    async enterCode(id, code) {
      if (!isOwn(await flows.find(id))) throw new DomainError('not_found')
      await flows.enterCode(id, code)
    },
    finish: (id, completionCode) =>
      store.write(async (tx) => {
        const row = await flows.steps.hold(tx, id)
        if (!isOwn(row) || kindOf(row) !== 'login' || !row.scanner_index) throw new DomainError('not_found')
        if (stateOf(row, clock.now()) !== 'confirmed') throw new DomainError('not_confirmed')
        if (!equalSecrets(completionCode, flows.secrets.completionCode(id))) throw new DomainError('code_invalid')
        if (!(await flows.steps.complete(tx, row))) throw new DomainError('already_redeemed')
        const userId = await users.findOfWechat(tx, row.appid, row.scanner_index)
        // The WeChat may be about to leave: whoever was first to hold its person decides.
        const wechat = { appid: row.appid, index: row.scanner_index }
        if (!userId || !(await users.holdWechat(tx, userId, wechat))) return 'unknown'
        await signIns.record(tx, row)
        return { cookie: await sessions.begin(tx, { userId, browser: row.browser ?? '{}' }) }
      }),
  }
}
