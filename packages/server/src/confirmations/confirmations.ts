import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Conflicts, Met } from '../conflicts/conflicts.ts'
import { type FlowRow, type Flows, isFinal, numberTries, registersHere, stateOf } from '../flows/flows.ts'
import type { Followers, Lookups } from '../followers/followers.ts'
import type { Links } from '../links/links.ts'
import type { PhoneSession, ProvedPerson } from '../oauth/oauth.ts'
import type { Redemptions } from '../redemptions/redemptions.ts'
import type { Guards } from '../signins/signins.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'

export type Decision =
  | { outcome: 'done' | 'declined' | 'over' | 'wrong_wechat_user' | 'not_theirs' | 'too_many_tries' }
  | { outcome: 'wrong_number'; triesLeft: number }

/** What WeChat said of a person beyond who they are. */
type Told = Pick<ProvedPerson, 'profile' | 'unionid'>

interface Claimed {
  row: FlowRow
  /** By this very step. */
  now: boolean
}

/** The phone's side of a flow: prove who holds it, show what is asked, take the answer. */
export interface Confirmations {
  /** Whether this person, whom OAuth has just proved, may see the flow; if not, why. */
  admits(session: PhoneSession, person: Told): Promise<true | 'taken' | 'not_theirs' | 'wrong_wechat_user'>
  confirm(row: FlowRow, session: PhoneSession, number: string | undefined): Promise<Decision>
  decline(row: FlowRow, session: PhoneSession): Promise<Decision>
}

export function createConfirmations(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  apps: Apps
  followers: Followers
  conflicts: Conflicts
  users: Users
  guards: Pick<Guards, 'isGuarded'>
  flows: Flows
  links: Links
  redemptions: Redemptions
  lookups: Pick<Lookups, 'learnUnionid'>
}): Confirmations {
  const { store, vault, clock, accounts, apps, followers, conflicts, users, guards, flows, links, redemptions } = deps

  /** The flow as it is now, this person its scanner; a link opened inside WeChat makes them the scanner here, by their own click. */
  async function claim(
    tx: Tx,
    id: string,
    session: PhoneSession,
  ): Promise<Claimed | 'done' | 'over' | 'wrong_wechat_user' | 'not_theirs'> {
    const row = await flows.steps.hold(tx, id)
    if (!row) return 'over'
    const state = stateOf(row, clock.now())
    if (row.scanner_index !== null && row.scanner_index !== session.openidIndex) return 'wrong_wechat_user'
    if (!isFinal(state) && !(await flows.isFor(tx, row, session.openidIndex))) return 'not_theirs'
    if (state === 'waiting') {
      const sealed = vault.seal(users.openidPlace(row.appid, session.openidIndex), session.openid)
      const claimed = await flows.steps.claimByLink(tx, row, { index: session.openidIndex, sealed })
      return claimed ? { row: claimed, now: true } : 'over'
    }
    // The second tap of a double tap: the first one has confirmed, and the page says so.
    if (row.scanner_index !== null && isBeyondPhone(state)) return 'done'
    return state === 'scanned' ? { row, now: false } : 'over'
  }

  /** Of a page's QR code the proof of who opened it is the scan; the first who opened it is the scanner. */
  async function scanByPage(
    row: FlowRow | undefined,
    openid: string,
    openidIndex: string,
  ): Promise<FlowRow | undefined> {
    if (row?.entry !== 'page' || stateOf(row, clock.now()) !== 'waiting') return row
    const sealed = vault.seal(users.openidPlace(row.appid, openidIndex), openid)
    const scanned = await store.write((tx) => flows.steps.claimByLink(tx, row, { index: openidIndex, sealed }))
    return scanned ?? flows.find(row.id)
  }

  /** Who has agreed at WeChat that we hear their name is who the flow is for, as with any tap of theirs. */
  async function takeProfile(id: string, session: PhoneSession, { profile, unionid }: Told): Promise<void> {
    if (!profile) return
    const avatarUrl = /^https?:\/\//.test(profile.avatar) ? profile.avatar : undefined
    await store.write(async (tx) => {
      const claimed = await claim(tx, id, session)
      if (typeof claimed === 'string') return
      await flows.steps.keepProfile(tx, claimed.row, {
        nickname: profile.nickname,
        ...(avatarUrl && { avatarUrl }),
        ...(unionid && { unionid }),
      })
    })
  }

  /** What WeChat has told besides the name counts from the person's own yes on. */
  async function takeUnionid(tx: Tx, row: FlowRow, openidIndex: string): Promise<void> {
    const unionid = flows.profileOf(row)?.unionid
    if (unionid !== undefined) await followers.takeUnionid(tx, accounts.get(row.appid), openidIndex, unionid)
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

  /**
   * Before the transaction, WeChat is asked: who is known by another account of the company does not register again, and is linked as who they
   * are, or reads on the phone why not.
   */
  async function learnUnionid(row: FlowRow, { openidIndex }: PhoneSession): Promise<void> {
    const account = row.kind === 'bind' || registersHere(apps, row) ? accounts.find(row.appid) : undefined
    if (account) await deps.lookups.learnUnionid(account, openidIndex)
  }

  async function decideInTransaction(
    { id, app_id, appid }: FlowRow,
    session: PhoneSession,
    step: (tx: Tx, claimed: Claimed) => Promise<Decision>,
  ): Promise<Decision> {
    return store.write(async (tx) => {
      // Where WeChat told the unionid with the name, the follower learns it below; followers come before flows.
      if (apps.get(app_id).asksProfile) await followers.hold(tx, appid, session.openidIndex)
      const claimed = await claim(tx, id, session)
      return typeof claimed === 'string' ? { outcome: claimed } : step(tx, claimed)
    })
  }

  return {
    async admits(session, person) {
      const { about, openid, openidIndex } = session
      const asked = await flows.find(about)
      if (asked?.scanner_index === null && !(await flows.isFor(store.db, asked, openidIndex))) {
        // It waits on for the one whom it names; but its code has been seen by somebody else.
        await store.write((tx) => flows.steps.raise(tx, asked))
        return 'not_theirs'
      }
      const row = await scanByPage(asked, openid, openidIndex)
      if (!row?.scanner_index || row.scanner_index === openidIndex) {
        if (row && apps.get(row.app_id).asksProfile) await takeProfile(row.id, session, person)
        return true
      }
      // A second person holds what one person scanned, as with a second scan. A link has no page to carry digits to.
      if (row.link_id === null) await store.write((tx) => flows.steps.raise(tx, row))
      return row.entry === 'page' ? 'taken' : 'wrong_wechat_user'
    },
    async confirm(row, session, number) {
      await learnUnionid(row, session)
      return decideInTransaction(row, session, async (tx, { row: current, now }) => {
        // The number is shown from here on: the page asks for it next, and no try is spent.
        if (now && current.assurance === 'number') return { outcome: 'done' }
        if (current.phone_confirmed_at !== null) return { outcome: 'done' }
        const refused = current.assurance === 'number' ? await checkNumber(tx, current, number) : undefined
        if (refused) return refused
        await takeUnionid(tx, current, session.openidIndex)
        const met = await findConflict(tx, current)
        // A move takes six digits to a PC, and a link has none.
        const isMove = met !== undefined && current.link_id === null && (await conflicts.permits(tx, met))
        if (met && !isMove) {
          await flows.steps.fail(tx, current, met.conflict.reason)
          await conflicts.meet(tx, met)
          return { outcome: 'done' }
        }
        // Somebody came in by this WeChat lately who was not its holder: what only the phone shows must be typed on the PC. A link has no PC.
        const isGuarded = current.link_id === null && (await guards.isGuarded(tx, current.appid, session.openidIndex))
        const raised = isGuarded ? await flows.steps.raise(tx, current, 'flow.guarded') : current
        const asked = isMove ? await flows.steps.askForCode(tx, raised) : raised
        if (!asked) return { outcome: 'over' }
        if (current.link_id !== null && !(await links.use(tx, current.link_id))) return { outcome: 'over' }
        const confirmed = await flows.steps.confirmOnPhone(tx, asked)
        if (!confirmed) return { outcome: 'over' }
        if (confirmed.link_id !== null && confirmed.kind === 'bind') await redemptions.complete(tx, confirmed)
        return { outcome: 'done' }
      })
    },
    async decline(row, session) {
      const decided = await decideInTransaction(row, session, async (tx, { row: current }) =>
        (await flows.steps.decline(tx, current)) ? { outcome: 'declined' } : { outcome: 'over' },
      )
      // A no after the yes comes too late, and must not look as if it had counted.
      return decided.outcome === 'done' ? { outcome: 'over' } : decided
    },
  }
}

/** The phone has said yes, and nothing more is asked of it. */
function isBeyondPhone(state: FlowRow['state']): boolean {
  return state === 'registration_required' || state === 'confirmed' || state === 'completed'
}
