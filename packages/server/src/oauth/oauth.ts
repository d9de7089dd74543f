import { randomBytes } from 'node:crypto'
import { NetworkError, type OauthToken, WechatError } from '@hufu/wechat'
import type { Account, Accounts } from '../accounts/accounts.ts'
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
  /**
   * Silent by default. `snsapi_userinfo` asks the person for nickname and avatar, and only after a tap on a page that said why: without one, WeChat
   * shows its snapshot of the page.
   */
  scope?: 'snsapi_base' | 'snsapi_userinfo'
}

/** As WeChat's API has just told; what is not there was not granted, or the account has no open platform. */
export interface ProvedPerson {
  openid: string
  openidIndex: string
  unionid?: string
  profile?: { nickname: string; avatar: string }
}

/** What the answer came to. */
export type OauthOutcome =
  | { outcome: 'state_invalid' }
  | { outcome: 'restart' | 'snapshot_user' | 'unavailable'; about: string; path: string }
  /** `isOptional`: nothing but nickname and avatar was asked for. */
  | { outcome: 'declined'; about: string; path: string; isOptional: boolean }
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

const pathPlace = 'oauth_states.path'
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
  const { store, vault, clock, accounts, users } = deps

  /** A page's address may be a secret of its own, and is none of the database's. 0.2 beside us reads those of flows as they are. */
  function close(about: string, path: string): string {
    return about.startsWith('fl_') ? path : Buffer.from(vault.seal(pathPlace, path)).toString('base64url')
  }
  const open = (path: string) => (path.startsWith('/') ? path : vault.open(pathPlace, Buffer.from(path, 'base64url')))

  /** The person's own token is used here, once, and kept nowhere. */
  async function describe({ appid, client }: Account, token: OauthToken, isAsked: boolean): Promise<ProvedPerson> {
    const { openid, accessToken } = token
    const isGranted = isAsked && token.scope?.split(',').includes('snsapi_userinfo') === true
    const told = isGranted ? await client.snsUserinfo({ accessToken, openid }) : undefined
    const unionid = told?.unionid ?? token.unionid
    return {
      openid,
      openidIndex: users.wechatIndex(appid, openid),
      ...(unionid && { unionid }),
      ...(told && { profile: { nickname: told.nickname, avatar: told.headimgurl } }),
    }
  }

  return {
    sessions: createPhoneSessions(deps),
    async begin({ appid, about, path, scope = 'snsapi_base' }, browser) {
      const state = randomState()
      const account = accounts.get(appid)
      await store.write((tx) =>
        insertOauthState(tx, {
          state_hash: hashSecret(state),
          appid,
          flow_id: about,
          path: close(about, path),
          cookie_hash: hashSecret(browser),
          expires_at: clock.now() + stateLifeMs,
          scope,
        }),
      )
      const redirectUri = `${deps.publicUrl()}/oauth/wechat/${appid}`
      return account.client.authorizeUrl({ redirectUri, scope, state })
    },
    async finish({ appid, state, code, browser }) {
      const account = accounts.find(appid)
      if (!account) return { outcome: 'state_invalid' }
      const presented = { state_hash: hashSecret(state), appid, cookie_hash: hashSecret(browser) }
      const record = await store.write((tx) => useOauthState(tx, presented, clock.now()))
      if (!record) return { outcome: 'state_invalid' }
      const begun = { about: record.flow_id, path: open(record.path) }
      const isAsked = record.scope === 'snsapi_userinfo'
      if (!code) return { outcome: 'declined', ...begun, isOptional: isAsked }
      try {
        const token = await account.client.oauthAccessToken(code)
        if (token.isSnapshotUser) return { outcome: 'snapshot_user', ...begun }
        return { outcome: 'proved', ...begun, person: await describe(account, token, isAsked) }
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
