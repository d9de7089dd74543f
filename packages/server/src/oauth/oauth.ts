import { randomBytes } from 'node:crypto'
import { NetworkError, WechatError } from '@hufu/wechat'
import type { Accounts } from '../accounts/accounts.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { hashSecret, type Vault } from '../vault/vault.ts'
import { deleteOauthStatesBefore, insertOauthState, useOauthState } from './queries.ts'
import { createPhoneSessions, type PhoneSessions } from './session.ts'

export type { PhoneSession, PhoneSessions } from './session.ts'

/** What is to be proved: who holds the phone, for the object `about`, whose page is `path`. */
export interface OauthStart {
  appid: string
  about: string
  path: string
}

export interface ProvedPerson {
  openid: string
  openidIndex: string
}

/** What the answer came to. */
export type OauthOutcome =
  | { outcome: 'state_invalid' }
  | { outcome: 'declined' | 'restart' | 'snapshot_user' | 'unavailable'; about: string; path: string }
  | { outcome: 'proved'; about: string; path: string; person: ProvedPerson }

/** WeChat's web authorisation: the one way to know who holds the phone. What is proved is proved to one browser, for one object. */
export interface Oauth {
  sessions: PhoneSessions
  /** `browser` is the value of the phone's cookie that the state is bound to. @returns WeChat's URL */
  begin(start: OauthStart, browser: string): Promise<string>
  finish(answer: { appid: string; state: string; code: string | undefined; browser: string }): Promise<OauthOutcome>
  /** Deletes states past their time. */
  forget(job: Job): Promise<void>
}

const stateLifeMs = 10 * 60_000
/** Rows of one deletion. */
const atOnce = 500
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const statePattern = /^[0-9A-Za-z]{43}$/

export function createOauth(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  users: Users
  publicUrl: () => string
}): Oauth {
  const { store, clock, accounts, users } = deps
  return {
    sessions: createPhoneSessions(deps),
    async begin({ appid, about, path }, browser) {
      const state = randomState()
      const account = accounts.get(appid)
      await store.write((tx) =>
        insertOauthState(tx, {
          state_hash: hashSecret(state),
          appid,
          flow_id: about,
          path,
          cookie_hash: hashSecret(browser),
          expires_at: clock.now() + stateLifeMs,
        }),
      )
      const redirectUri = `${deps.publicUrl()}/oauth/wechat/${appid}`
      return account.client.authorizeUrl({ redirectUri, scope: 'snsapi_base', state })
    },
    async finish({ appid, state, code, browser }) {
      const account = accounts.find(appid)
      if (!account) return { outcome: 'state_invalid' }
      const presented = { state_hash: hashSecret(state), appid, cookie_hash: hashSecret(browser) }
      const record = await store.write((tx) => useOauthState(tx, presented, clock.now()))
      if (!record) return { outcome: 'state_invalid' }
      const begun = { about: record.flow_id, path: record.path }
      if (!code) return { outcome: 'declined', ...begun }
      try {
        const { openid, isSnapshotUser } = await account.client.oauthAccessToken(code)
        if (isSnapshotUser) return { outcome: 'snapshot_user', ...begun }
        return { outcome: 'proved', ...begun, person: { openid, openidIndex: users.wechatIndex(appid, openid) } }
      } catch (error) {
        if (error instanceof WechatError && error.retry === 'reauth') return { outcome: 'restart', ...begun }
        if (error instanceof WechatError || error instanceof NetworkError) return { outcome: 'unavailable', ...begun }
        throw error
      }
    },
    async forget({ write }) {
      const now = clock.now()
      while ((await write((tx) => deleteOauthStatesBefore(tx, now, atOnce))) === atOnce);
    },
  }
}

/** 256 bits in WeChat's alphabet for `state` (letters and digits). */
function randomState(): string {
  let number = BigInt(`0x${randomBytes(32).toString('hex')}`)
  let text = ''
  for (let digit = 0; digit < 43; digit++) {
    text += base62[Number(number % 62n)]
    number /= 62n
  }
  return text
}
