import { setTimeout as delay } from 'node:timers/promises'
import { NetworkError, type UserInfo, WechatError } from '@hufu/wechat'
import type { Account } from '../accounts/accounts.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { findFollower, listLookupsDue } from './queries.ts'
import type { Asked, Settling } from './settling.ts'

export interface Lookups {
  /** A job: asks the platform about followers whose state is in doubt or whose unionid is unknown, a hundred at a time, until none is left. */
  lookUp(job: Job, accounts: Account[]): Promise<void>
  /**
   * Asks for the unionid of somebody who is about to become a user, so that a person of two accounts is one user from the start. Who cannot be
   * asked about now goes on: the unionid is learned later.
   */
  learnUnionid(account: Account, openidIndex: string): Promise<void>
}

/** Somebody waits for the login meanwhile. */
const unionidPatienceMs = 2_000

/** Of how many people one call tells. */
export const mostAsked = 100

/** An openid that is none of the account's. */
export const foreignOpenid = 40_003

/**
 * What the platform says of these people. One openid that is not the account's makes it refuse all hundred: then the halves are asked, and so on,
 * and that one is left out.
 */
export async function ask(account: Account, openids: string[]): Promise<{ answers: UserInfo[]; calls: number }> {
  if (openids.length === 0) return { answers: [], calls: 0 }
  try {
    return { answers: [...(await account.client.userInfoBatchget(openids))], calls: 1 }
  } catch (error) {
    if (!(error instanceof WechatError) || error.errcode !== foreignOpenid) throw error
    if (openids.length === 1) return { answers: [], calls: 1 }
    const middle = openids.length >> 1
    const first = await ask(account, openids.slice(0, middle))
    const second = await ask(account, openids.slice(middle))
    return { answers: [...first.answers, ...second.answers], calls: first.calls + second.calls + 1 }
  }
}

export function createLookups(deps: {
  store: Store
  vault: Vault
  clock: Clock
  users: Users
  settling: Settling
}): Lookups {
  const { store, vault, clock, users, settling } = deps

  /** @returns whether there may be more */
  async function lookUpSome({ write }: Job, account: Account): Promise<boolean> {
    const now = clock.now()
    const due = await listLookupsDue(store.db, account.appid, now, mostAsked)
    const asked = due.flatMap((row): Asked[] => {
      if (!row.openid_sealed) return []
      const openid = vault.open(users.openidPlace(row.appid, row.openid_index), row.openid_sealed)
      return [{ openid, openidIndex: row.openid_index, before: row }]
    })
    if (asked.length === 0) return false
    const { answers } = await ask(
      account,
      asked.map(({ openid }) => openid),
    )
    await write((tx) => settling.settle(tx, account, asked, answers, now))
    return due.length === mostAsked
  }

  async function lookUpAccount(job: Job, account: Account): Promise<void> {
    while (!job.signal.aborted && (await lookUpSome(job, account)));
  }

  return {
    async learnUnionid(account, openidIndex) {
      if (account.openPlatform === undefined || !account.capabilities.userInfo) return
      const row = await findFollower(store.db, account.appid, openidIndex)
      if (!row?.openid_sealed || row.unionid_index !== null) return
      if (await users.isKnown(store.db, account.appid, openidIndex)) return
      const openid = vault.open(users.openidPlace(account.appid, openidIndex), row.openid_sealed)
      const now = clock.now()
      const late = new AbortController()
      try {
        const asked = ask(account, [openid])
        const answered = await Promise.race([asked, delay(unionidPatienceMs, undefined, { signal: late.signal })])
        asked.catch(() => {})
        if (!answered) return
        await store.write((tx) =>
          settling.settle(tx, account, [{ openid, openidIndex, before: row }], answered.answers, now),
        )
      } catch (error) {
        if (!(error instanceof WechatError) && !(error instanceof NetworkError)) throw error
      } finally {
        late.abort()
      }
    },
    async lookUp(job, all) {
      // Of an account that joined an open platform unverified people are due whom it may not ask about.
      const able = all.filter(({ capabilities }) => capabilities.userInfo)
      const looked = await Promise.allSettled(able.map((account) => lookUpAccount(job, account)))
      const failed = looked.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}
