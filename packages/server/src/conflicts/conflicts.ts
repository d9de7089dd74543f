import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { base32 } from '../ids.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { maskName } from '../text.ts'
import type { IdentityKey, Keeper, SeenUser, Users } from '../users/users.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'
import { createKeeper } from './keeping.ts'
import { createMeeting, dedupeOf, type Meeting, type Met } from './meeting.ts'
import { createMoves } from './moves.ts'
import {
  type ConflictRow,
  changeConflict,
  deleteConflictsBefore,
  type Filter,
  findConflict,
  findConflictOfFlow,
  findTwinsOf,
  holdConflict,
  listConflicts,
  listFinal,
} from './queries.ts'
import { type Choice, choicesOf, mayMove, type Sight, sightOf, undoMs } from './sights.ts'
import { createTelling, type Tell, type Telling } from './telling.ts'

export type { Met } from './meeting.ts'
export type { ConflictRow } from './queries.ts'
export type { Choice, Sight } from './sights.ts'

/**
 * Who wanted what belongs to somebody else: kept for operators, explained to the people concerned, and moved by their explicit choice, both sides
 * proven. The person says so on the phone that proved to hold the WeChat; the site's side is the next bind, always with the six digits. Besides,
 * the site releases the user it would leave, or the WeChat that is to go says yes or says nothing for a day.
 */
export interface Conflicts extends Meeting, Pick<Telling, 'notify' | 'taken'> {
  /** Whether what this bind meets may be moved now: it then goes on, with the six digits. */
  permits(tx: Tx, met: Met): Promise<boolean>
  /** Moves what was asked and allowed. @returns the user who has it now, or undefined where it may not or cannot be moved */
  move(tx: Tx, met: Met, external: IdentityKey, wechat: IdentityKey): Promise<SeenUser | undefined>
  /** The page that explains it. */
  pathOf(row: Pick<ConflictRow, 'id'>): string
  pathOfFlow(flowId: string): Promise<string | undefined>
  /** Where somebody with this WeChat can make their two users one, if they have two. */
  pathOfTwins(appid: string, openidIndex: string): Promise<string | undefined>
  findByToken(token: string): Promise<ConflictRow | undefined>
  /** @returns undefined for anybody whom it does not concern */
  see(row: ConflictRow, openidIndex: string): Promise<Sight | undefined>
  /** A person concerned, proven, chose. @returns whether that was still to be chosen */
  choose(id: string, openidIndex: string, choice: Choice): Promise<boolean>
  list(filter: Filter): Promise<ConflictRow[]>
  get(id: string, appId?: string): Promise<ConflictRow>
  /** The site has looked at its user who holds the WeChat, and lets it go. */
  release(appId: string, id: string): Promise<void>
  undo(id: string, appId?: string): Promise<void>
  keeper: Keeper
  /** A job: what can no longer be undone is settled; what is old is forgotten. */
  forget(job: Job): Promise<void>
}

const retentionMs = 30 * 24 * 3_600_000
const atOnce = 200

export function createConflicts(deps: {
  store: Store
  vault: Vault
  clock: Clock
  events: Events
  users: Users
  apps: Apps
  accounts: Pick<Accounts, 'find'>
  publicUrl: () => string
  sessions: Pick<Sessions, 'endAll'>
  credentials: { passwords: Pick<Credentials['passwords'], 'forgetSince'> }
  tell: Tell
}): Conflicts {
  const { store, vault, clock, users } = deps

  const tokenOf = (id: string) => id.slice(3) + base32(vault.derive('conflict token', id).subarray(0, 20))
  const pathOf = ({ id }: Pick<ConflictRow, 'id'>) => `/conflicts/${tokenOf(id)}`
  function reauthenticates({ app_id: appId }: ConflictRow): boolean {
    return appId !== null && deps.apps.find(appId)?.reauthenticateWithin !== undefined
  }
  const telling = createTelling({ ...deps, pathOf })
  const moves = createMoves({ ...deps, say: telling.say, reauthenticates })
  const meeting = createMeeting({ ...deps, tellApps: moves.tellApps })
  const { roleOf } = moves

  /** What this bind meets, where it may be moved now. */
  async function movable(tx: Tx, met: Met): Promise<ConflictRow | undefined> {
    const row = await holdConflict(tx, { dedupe: dedupeOf(met) })
    if (!row || !mayMove(row, clock.now(), reauthenticates(row))) return undefined
    return (await moves.isAboutHolder(tx, row, met.conflict.userId)) ? row : undefined
  }

  async function get(id: string, appId?: string): Promise<ConflictRow> {
    const row = await findConflict(store.db, id)
    if (!row || (appId !== undefined && !(await mayRead(row, appId)))) throw new DomainError('not_found')
    return row
  }

  /** What no site began is for those to read whose users it is about. */
  async function mayRead(row: ConflictRow, appId: string): Promise<boolean> {
    if (row.app_id !== null) return row.app_id === appId
    for (const userId of [row.user_id, row.other_user_id ?? '']) {
      if (await users.findPublicId(store.db, appId, userId)) return true
    }
    return false
  }

  /** The site's account that this WeChat belongs to now: whoever does not hold it learns nothing of it. */
  async function heldBy(row: ConflictRow, openidIndex: string): Promise<string | undefined> {
    if (row.app_id === null || (await users.findOfWechat(store.db, row.appid, openidIndex)) !== row.user_id)
      return undefined
    const publicId = await users.findPublicId(store.db, row.app_id, row.user_id)
    const { externalUserId } = publicId ? await users.get(row.app_id, publicId) : {}
    return externalUserId === undefined ? undefined : maskName(externalUserId)
  }

  return {
    ...meeting,
    notify: telling.notify,
    taken: telling.taken,
    pathOf,
    get,
    list: (filter) => listConflicts(store.db, filter),
    async permits(tx, met) {
      return (await movable(tx, met)) !== undefined
    },
    async move(tx, met, external, wechat) {
      const row = await movable(tx, met)
      if (!row) return undefined
      const { reason, userId } = met.conflict
      const steps =
        reason === 'wechat_already_bound'
          ? await users.takeOver(tx, met.flow.app_id, userId, external, wechat)
          : await users.replace(tx, userId, wechat)
      if (!steps) {
        await changeConflict(tx, row.id, { state: 'refused', updated_at: clock.now() })
        return undefined
      }
      const owner = steps.at(-1)?.to ?? userId
      const other = reason === 'wechat_already_bound' ? { other_user_id: owner } : {}
      const seen = await users.see(tx, met.flow.app_id, owner)
      await changeConflict(tx, row.id, other.other_user_id ? other : { updated_at: clock.now() })
      await moves.moved(tx, row, steps)
      return seen
    },
    async pathOfFlow(flowId) {
      const row = await findConflictOfFlow(store.db, flowId)
      return row && pathOf(row)
    },
    async pathOfTwins(appid, openidIndex) {
      const row = await findTwinsOf(store.db, appid, openidIndex)
      return row && pathOf(row)
    },
    async findByToken(token) {
      if (!/^[a-z2-7]{58}$/.test(token)) return undefined
      const id = `cf_${token.slice(0, 26)}`
      return equalSecrets(token, tokenOf(id)) ? findConflict(store.db, id) : undefined
    },
    async see(row, openidIndex) {
      const { db } = store
      const role = await roleOf(db, row, openidIndex)
      if (!role) return undefined
      const wechats = await users.wechatsOf(db, row.user_id)
      const since = (wechats.find(({ appid }) => appid === row.appid) ?? wechats[0])?.since
      const isMovable =
        row.state === 'moved'
          ? await users.isUndoable(db, JSON.parse(row.steps ?? '[]'))
          : await users.isMovable(db, row)
      const holds = await heldBy(row, openidIndex)
      return sightOf(row, { role, holds, since, isMovable, reauthenticates: reauthenticates(row), now: clock.now() })
    },
    choose: (id, openidIndex, choice) =>
      store.write(async (tx) => {
        const row = await holdConflict(tx, { id })
        const role = row && (await roleOf(tx, row, openidIndex))
        const now = clock.now()
        if (!row || !role || !choicesOf(row, role, now).includes(choice)) return false
        if (choice === 'ask') await moves.ask(tx, row)
        else if (choice === 'undo') await moves.undo(tx, row)
        else if (choice === 'allow') await changeConflict(tx, id, { allowed_at: now, updated_at: now })
        else await changeConflict(tx, id, { state: 'refused', updated_at: now })
        return true
      }),
    async release(appId, id) {
      await store.write(async (tx) => {
        const row = await holdConflict(tx, { id })
        if (row?.app_id !== appId) throw new DomainError('not_found')
        if (row.reason !== 'wechat_already_bound' || (row.state !== 'open' && row.state !== 'asked'))
          throw new DomainError('move_final', 'There is nothing to release.')
        await changeConflict(tx, id, { allowed_at: clock.now(), updated_at: clock.now() })
      })
    },
    async undo(id, appId) {
      await store.write(async (tx) => {
        const row = await holdConflict(tx, { id })
        if (!row || (appId !== undefined && row.app_id !== appId)) {
          throw new DomainError('not_found', 'There is no such conflict.')
        }
        await moves.undo(tx, row)
      })
    },
    keeper: createKeeper(deps),
    async forget({ write, signal }) {
      const now = clock.now()
      for (const row of await listFinal(store.db, now - undoMs, atOnce)) {
        if (signal.aborted) return
        await write(async (tx) => {
          const held = await holdConflict(tx, { id: row.id })
          if (held?.state !== 'moved' || held.steps === null) return
          await users.settleMove(tx, JSON.parse(held.steps))
          await changeConflict(tx, held.id, { steps: null })
        })
      }
      while ((await write((tx) => deleteConflictsBefore(tx, now - retentionMs, atOnce))) === atOnce);
    },
  }
}
