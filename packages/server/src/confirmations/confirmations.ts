import { randomBytes } from 'node:crypto'
import { NetworkError, WechatError } from '@hufu/wechat'
import type { Accounts } from '../accounts/accounts.ts'
import type { Conflicts, Met } from '../conflicts/conflicts.ts'
import { type FlowRow, type Flows, numberTries, stateOf } from '../flows/flows.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { equalSecrets, hashSecret, type Vault } from '../vault/vault.ts'
import { deleteOauthStatesBefore, insertOauthState, useOauthState } from './queries.ts'
import { createPhoneSessions, type PhoneSession, type PhoneSessions } from './session.ts'

export { type PhoneSession, phoneSessionSeconds } from './session.ts'

/** What the OAuth answer came to. */
export type OauthOutcome =
  | { outcome: 'state_invalid' }
  | { outcome: 'declined' | 'restart' | 'snapshot_user' | 'wrong_wechat_user' | 'unavailable'; path: string }
  | { outcome: 'proved'; path: string; cookie: string }

export type Decision =
  | { outcome: 'done' | 'declined' | 'over' | 'wrong_wechat_user' | 'too_many_tries' }
  | { outcome: 'wrong_number'; triesLeft: number }

interface Claimed {
  row: FlowRow
  /** By this very step. */
  now: boolean
}

/** The phone's side of a flow: prove who holds it, show what is asked, take the answer. */
export interface Confirmations {
  sessions: PhoneSessions
  /** Begins silent OAuth. `browser` is the value of the phone's cookie that the state is bound to. @returns WeChat's URL */
  beginOauth(row: Pick<FlowRow, 'id' | 'appid'>, path: string, browser: string): Promise<string>
  finishOauth(answer: {
    appid: string
    state: string
    code: string | undefined
    browser: string
  }): Promise<OauthOutcome>
  confirm(row: FlowRow, session: PhoneSession, number: string | undefined): Promise<Decision>
  decline(row: FlowRow, session: PhoneSession): Promise<Decision>
  /** Deletes OAuth states past their time. */
  forget(job: Job): Promise<void>
}

const stateLifeMs = 10 * 60_000
/** Rows of one deletion. */
const atOnce = 500
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const statePattern = /^[0-9A-Za-z]{43}$/

export function createConfirmations(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  conflicts: Conflicts
  users: Users
  flows: Flows
  publicUrl: () => string
}): Confirmations {
  const { store, vault, clock, accounts, conflicts, users, flows } = deps
  const sessions = createPhoneSessions(deps)

  /** The flow as it is now, this person its scanner; a link opened inside WeChat makes them the scanner here, by their own click. */
  async function claim(
    tx: Tx,
    id: string,
    session: PhoneSession,
  ): Promise<Claimed | 'done' | 'over' | 'wrong_wechat_user'> {
    const row = await flows.steps.hold(tx, id)
    if (!row) return 'over'
    const state = stateOf(row, clock.now())
    if (state === 'waiting') {
      const sealed = vault.seal(users.openidPlace(row.appid, session.openidIndex), session.openid)
      const claimed = await flows.steps.claimByLink(tx, row, { index: session.openidIndex, sealed })
      return claimed ? { row: claimed, now: true } : 'over'
    }
    if (row.scanner_index !== null && row.scanner_index !== session.openidIndex) return 'wrong_wechat_user'
    // The second tap of a double tap: the first one has confirmed, and the page says so.
    if (row.scanner_index !== null && (state === 'confirmed' || state === 'completed')) return 'done'
    return state === 'scanned' ? { row, now: false } : 'over'
  }

  async function checkNumber(tx: Tx, row: FlowRow, typed: string | undefined): Promise<Decision | undefined> {
    const tries = await flows.steps.tryNumber(tx, row.id)
    if (tries === undefined) return { outcome: 'over' }
    const digits = (typed ?? '').normalize('NFKC').replace(/\s/g, '')
    if (equalSecrets(digits, flows.secrets.number(row.id))) return undefined
    if (tries < numberTries) return { outcome: 'wrong_number', triesLeft: numberTries - tries }
    await flows.steps.fail(tx, row, 'too_many_tries')
    return { outcome: 'too_many_tries' }
  }

  /** A bind that could not be redeemed ends here, where the person concerned can read why. */
  async function findConflict(tx: Tx, row: FlowRow): Promise<Met | undefined> {
    if (row.kind !== 'bind' || !row.external_index || !row.scanner_index) return undefined
    const external = { kind: 'external', namespace: row.app_id, index: row.external_index, sealed: null } as const
    const wechat = { kind: 'wechat', namespace: row.appid, index: row.scanner_index, sealed: null } as const
    const joining = await users.foresee(tx, row.app_id, external, wechat)
    return joining.outcome === 'conflict' ? { conflict: joining, flow: row, wechatIndex: row.scanner_index } : undefined
  }

  async function decideInTransaction(
    id: string,
    session: PhoneSession,
    step: (tx: Tx, claimed: Claimed) => Promise<Decision>,
  ): Promise<Decision> {
    return store.write(async (tx) => {
      const claimed = await claim(tx, id, session)
      return typeof claimed === 'string' ? { outcome: claimed } : step(tx, claimed)
    })
  }

  return {
    sessions,
    async beginOauth(row, path, browser) {
      const state = randomState()
      const account = accounts.get(row.appid)
      await store.write((tx) =>
        insertOauthState(tx, {
          state_hash: hashSecret(state),
          appid: row.appid,
          flow_id: row.id,
          path,
          cookie_hash: hashSecret(browser),
          expires_at: clock.now() + stateLifeMs,
        }),
      )
      const redirectUri = `${deps.publicUrl()}/oauth/wechat/${row.appid}`
      return account.client.authorizeUrl({ redirectUri, scope: 'snsapi_base', state })
    },
    async finishOauth({ appid, state, code, browser }) {
      const account = accounts.find(appid)
      if (!account) return { outcome: 'state_invalid' }
      const presented = { state_hash: hashSecret(state), appid, cookie_hash: hashSecret(browser) }
      const record = await store.write((tx) => useOauthState(tx, presented, clock.now()))
      if (!record) return { outcome: 'state_invalid' }
      const { path } = record
      if (!code) return { outcome: 'declined', path }
      try {
        const person = await account.client.oauthAccessToken(code)
        if (person.isSnapshotUser) return { outcome: 'snapshot_user', path }
        const openidIndex = users.wechatIndex(appid, person.openid)
        const row = await flows.find(record.flow_id)
        if (row?.scanner_index && row.scanner_index !== openidIndex) {
          // A second person holds what one person scanned, as with a second scan.
          await store.write((tx) => flows.steps.raise(tx, row))
          return { outcome: 'wrong_wechat_user', path }
        }
        return {
          outcome: 'proved',
          path,
          cookie: sessions.seal({ flowId: record.flow_id, openid: person.openid, openidIndex }),
        }
      } catch (error) {
        if (error instanceof WechatError && error.retry === 'reauth') return { outcome: 'restart', path }
        if (error instanceof WechatError || error instanceof NetworkError) return { outcome: 'unavailable', path }
        throw error
      }
    },
    confirm: (row, session, number) =>
      decideInTransaction(row.id, session, async (tx, { row: current, now }) => {
        // The number is shown from here on: the page asks for it next, and no try is spent.
        if (now && current.assurance === 'number') return { outcome: 'done' }
        if (current.phone_confirmed_at !== null) return { outcome: 'done' }
        const refused = current.assurance === 'number' ? await checkNumber(tx, current, number) : undefined
        if (refused) return refused
        const met = await findConflict(tx, current)
        const isMove = met !== undefined && (await conflicts.permits(tx, met))
        if (met && !isMove) {
          await flows.steps.fail(tx, current, met.conflict.reason)
          await conflicts.meet(tx, met)
          return { outcome: 'done' }
        }
        const going = isMove ? await flows.steps.askForCode(tx, current) : current
        return going && (await flows.steps.confirmOnPhone(tx, going)) ? { outcome: 'done' } : { outcome: 'over' }
      }),
    async decline(row, session) {
      const decided = await decideInTransaction(row.id, session, async (tx, { row: current }) =>
        (await flows.steps.decline(tx, current)) ? { outcome: 'declined' } : { outcome: 'over' },
      )
      // A no after the yes comes too late, and must not look as if it had counted.
      return decided.outcome === 'done' ? { outcome: 'over' } : decided
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
