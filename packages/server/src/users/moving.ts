import type { Events } from '../events/events.ts'
import type { Db, Tx } from '../store/store.ts'
import type { ConflictRow, IdentityRow } from '../store/tables.ts'
import type { Keeper } from './erasing.ts'
import type { Graph } from './graph.ts'
import { isFree } from './joining.ts'
import {
  deleteAppUser,
  deleteIdentity,
  deleteUser,
  findAppUser,
  findIdentity,
  findUser,
  listAppUsers,
  listIdentities,
  lockUsers,
  moveAppUser,
  moveAppUsers,
  moveIdentityRows,
} from './queries.ts'
import { companionsOf } from './unions/companions.ts'
import { deleteUnbackedUnions, findPlatform, findUnion } from './unions/queries.ts'
import { listTwins, type TwinsRow } from './unions/twins.ts'
import type { InnerUnions } from './unions/unions.ts'
import type { IdentityIndex, IdentityKey } from './users.ts'
import type { WechatIndex } from './wechats.ts'

/** What goes from one user to another, by its rows: the same steps backwards undo it. */
export interface MoveStep {
  from: string
  to: string
  identities: string[]
  /** Apps that know the second under the id of the first from now on. */
  apps: string[]
}

export interface Released {
  from: string
  /** Who has them now; undefined where the WeChat was alone. */
  to: string | undefined
  wechats: WechatIndex[]
}

type About = Pick<ConflictRow, 'reason' | 'app_id' | 'user_id' | 'other_user_id' | 'appid' | 'wechat_index'>

/**
 * Moves by a person's explicit choice. Each is planned as steps over rows that are held, or is not possible: nobody loses the last way in, no
 * place is taken twice, and no app that knows both loses either, so that every step can be taken back.
 */
export interface Moving {
  /**
   * The WeChat leaves a user who is nothing without it but this app's, for whoever has the external id. With it goes what the same unionid
   * proves; what else is there is another person's, and stays.
   */
  takeOver(
    tx: Tx,
    appId: string,
    holderId: string,
    external: IdentityKey,
    wechat: IdentityIndex,
  ): Promise<MoveStep[] | undefined>
  /** Another WeChat takes the place of the one that the user has in this account. */
  replace(tx: Tx, userId: string, wechat: IdentityKey): Promise<MoveStep[] | undefined>
  /** Two users of one person become one: the first is the second from now on. Apps that know both keep both until it is final. */
  merge(tx: Tx, twins: TwinsRow): Promise<MoveStep[] | undefined>
  /** Whether such a move could be planned, as far as can be said before: nothing of the holder's but WeChats and this app's own id is at stake. */
  isMovable(db: Db | Tx, about: About): Promise<boolean>
  /** Whether what was moved is still there, and its former place is free. */
  isUndoable(db: Db | Tx, steps: MoveStep[]): Promise<boolean>
  /** @returns false where it is not: the transaction is then to be given up */
  undo(tx: Tx, steps: MoveStep[]): Promise<boolean>
  /**
   * The WeChat leaves a user who is somebody without it, since its holder wants no part in them. What is theirs of the same open platform leaves
   * with it, to a user of their own: else the unionid would lead them back. What may be theirs or the other's is nobody's from then on.
   * @returns whom it left, and who has it now, if anybody; undefined for a WeChat that is nobody's, or all that its user is
   */
  release(tx: Tx, appid: string, index: string): Promise<Released | undefined>
  /** It can no longer be undone: users with nothing left go. */
  settleMove(tx: Tx, steps: MoveStep[]): Promise<void>
}

const isWechat = ({ kind }: Pick<IdentityRow, 'kind'>) => kind === 'wechat' || kind === 'union'

export function createMoving(deps: {
  events: Events
  graph: Graph & Pick<InnerUnions, 'give'>
  keepers: readonly Keeper[]
}): Moving {
  const { events, graph, keepers } = deps

  async function carryOut(tx: Tx, steps: MoveStep[]): Promise<boolean> {
    for (const step of steps) {
      if ((await moveIdentityRows(tx, step)) !== step.identities.length) return false
      if ((await moveAppUsers(tx, step)) !== step.apps.length) return false
    }
    return true
  }

  async function fits(tx: Tx, moved: IdentityRow[], to: string, leaving: string[] = []): Promise<boolean> {
    const present = (await listIdentities(tx, to)).filter(({ id }) => !leaving.includes(id))
    return moved.every(({ kind, namespace }) => kind === 'union' || isFree(present, kind, namespace))
  }

  async function appsOf(tx: Tx, userId: string): Promise<string[]> {
    return (await listAppUsers(tx, userId)).map(({ app_id }) => app_id)
  }

  /** The apps that know the one and not the other; and whether any knows both. */
  async function apps(tx: Tx, from: string, to: string): Promise<{ free: string[]; both: string[] }> {
    const all = await appsOf(tx, from)
    const known = await Promise.all(all.map((appId) => findAppUser(tx, appId, to)))
    return { free: all.filter((_, n) => !known[n]), both: all.filter((_, n) => known[n]) }
  }

  /** The identities that this WeChat proves: itself, its unionid, and the WeChats that the platform says are the same person's. */
  async function provedBy(tx: Tx, held: IdentityRow[], wechat: IdentityIndex): Promise<IdentityRow[]> {
    const union = await findUnion(tx, wechat.namespace, wechat.index)
    const isSame = await Promise.all(
      held.map(async ({ kind, namespace, value_index }) => {
        if (kind === 'union') return namespace === union?.namespace && value_index === union.unionid_index
        if (kind !== 'wechat') return false
        if (namespace === wechat.namespace) return value_index === wechat.index
        const other = union && (await findUnion(tx, namespace, value_index))
        return other?.namespace === union?.namespace && other?.unionid_index === union?.unionid_index && !!union
      }),
    )
    return held.filter((_, n) => isSame[n])
  }

  async function isUndoable(db: Db | Tx, steps: MoveStep[]): Promise<boolean> {
    const owners = new Map<string, string>()
    const rows: IdentityRow[] = []
    for (const userId of new Set(steps.flatMap(({ from, to }) => [from, to]))) {
      if (!(await findUser(db, userId))) return false
      rows.push(...(await listIdentities(db, userId)))
    }
    for (const row of rows) owners.set(row.id, row.user_id)
    for (const { from, to, identities } of steps.toReversed()) {
      if (!identities.every((id) => owners.get(id) === to)) return false
      for (const id of identities) owners.set(id, from)
    }
    const places = rows.flatMap(({ id, kind, namespace }) =>
      kind === 'union' ? [] : [[owners.get(id), kind, namespace].join(' ')],
    )
    return new Set(places).size === places.length
  }

  async function settleMove(tx: Tx, steps: MoveStep[]): Promise<void> {
    const people = steps.flatMap(({ from, to }) => [from, to])
    if (people.length > 0) await lockUsers(tx, people)
    for (const { from, to } of steps) {
      for (const userId of [from, to]) {
        if ((await listIdentities(tx, userId)).length > 0) continue
        const isInto = userId === from && (await findUser(tx, to)) !== undefined
        if (isInto) for (const keeper of keepers) await keeper.absorb?.(tx, from, to)
        for (const { app_id: appId, public_id: publicId } of await listAppUsers(tx, userId)) {
          const known = await findAppUser(tx, appId, to)
          if (!known && isInto) {
            await moveAppUser(tx, appId, userId, to)
            continue
          }
          await deleteAppUser(tx, appId, userId)
          if (!known || userId === to) continue
          await events.moveOf(tx, { appId, publicId }, known.public_id)
          events.append(tx, appId, 'user.merged', { user_id: known.public_id, merged_user_id: publicId })
        }
        await deleteUser(tx, userId)
      }
    }
  }

  /** Steps that cannot all be taken would leave something in between: the transaction is over. */
  async function take(tx: Tx, steps: MoveStep[]): Promise<MoveStep[]> {
    if (!(await carryOut(tx, steps))) throw new Error('rows that are held have changed')
    return steps
  }

  return {
    isUndoable,
    async takeOver(tx, appId, holderId, external, wechat) {
      const owner = await findIdentity(tx, { kind: 'external', namespace: appId, value_index: external.index })
      await lockUsers(tx, [holderId, ...(owner ? [owner.user_id] : [])])
      const held = await listIdentities(tx, holderId)
      const moved = await provedBy(tx, held, wechat)
      const isAnotherLeft = held.filter(isWechat).length > moved.length
      const isOnlyTheirs = held.every((row) => isWechat(row) || (row.kind === 'external' && row.namespace === appId))
      if (!isOnlyTheirs || !moved.some(({ kind }) => kind === 'wechat') || held.every(isWechat)) return undefined
      const known = owner ? await apps(tx, holderId, owner.user_id) : { free: await appsOf(tx, holderId), both: [] }
      if (known.both.some((other) => other !== appId)) return undefined
      if (owner && !(await fits(tx, moved, owner.user_id))) return undefined
      const to = owner?.user_id ?? (await graph.makeUser(tx, [external]))
      // This app keeps the former user, whose id of its own stays.
      const others = known.free.filter((other) => other !== appId)
      // Whose they are, the one who goes or the one who stays, nobody can say.
      if (isAnotherLeft && others.length > 0) return undefined
      return take(tx, [{ from: holderId, to, identities: moved.map(({ id }) => id), apps: others }])
    },
    async replace(tx, userId, wechat) {
      const incoming = await findIdentity(tx, {
        kind: 'wechat',
        namespace: wechat.namespace,
        value_index: wechat.index,
      })
      const union = await findUnion(tx, wechat.namespace, wechat.index)
      const owner = incoming?.user_id ?? union?.user_id ?? undefined
      if (owner === userId || union?.user_id === userId) return undefined
      await lockUsers(tx, [userId, ...(owner ? [owner] : [])])
      const held = await listIdentities(tx, userId)
      const platform = await findPlatform(tx, wechat.namespace)
      // Of one open platform it is one person's WeChat that goes: in all its accounts, with the unionid.
      const leaving = held.filter(({ kind, namespace }) =>
        kind === 'wechat'
          ? namespace === wechat.namespace || platform?.appids.includes(namespace)
          : kind === 'union' && namespace === platform?.name,
      )
      const gone = leaving.map(({ id }) => id)
      if (leaving.filter(({ kind }) => kind === 'union').length > 1 || held.every(isWechat)) return undefined
      if (owner) {
        const theirs = await listIdentities(tx, owner)
        const isPlain = theirs.every(isWechat) && (await apps(tx, owner, userId)).both.length === 0
        if (!isPlain || !(await fits(tx, theirs, userId, gone))) return undefined
      }
      const from = owner ?? (await graph.makeUser(tx, []))
      if (!incoming) await graph.give(tx, from, wechat)
      const coming = await listIdentities(tx, from)
      const former = await graph.makeUser(tx, [])
      return take(tx, [
        { from: userId, to: former, identities: gone, apps: [] },
        { from, to: userId, identities: coming.map(({ id }) => id), apps: await appsOf(tx, from) },
      ])
    },
    async merge(tx, twins) {
      const { user_id: one, other_user_id: other } = twins
      if (other === null) return undefined
      await lockUsers(tx, [one, other])
      if (!(await listTwins(tx, twins))) return undefined
      const [first, second] = [await listIdentities(tx, one), await listIdentities(tx, other)]
      const [from, to] = second.every(isWechat) ? [other, one] : [one, other]
      const moved = from === other ? second : first
      if (!moved.every(isWechat) || moved.length === 0 || !(await fits(tx, moved, to))) return undefined
      const known = await apps(tx, from, to)
      return take(tx, [{ from, to, identities: moved.map(({ id }) => id), apps: known.free }])
    },
    async isMovable(db, about) {
      const { reason, app_id, user_id, other_user_id } = about
      const held = await listIdentities(db, user_id)
      if (reason === 'wechat_already_bound') return held.every((row) => isWechat(row) || row.namespace === app_id)
      if (reason === 'user_already_bound') return !held.every(isWechat)
      const others = other_user_id === null ? [] : await listIdentities(db, other_user_id)
      return (await listTwins(db, about)) !== undefined && (held.every(isWechat) || others.every(isWechat))
    },
    async undo(tx, steps) {
      await lockUsers(
        tx,
        steps.flatMap(({ from, to }) => [from, to]),
      )
      if (!(await isUndoable(tx, steps))) return false
      const back = steps.toReversed().map((step) => ({ ...step, from: step.to, to: step.from }))
      if (!(await carryOut(tx, back))) return false
      // Who came into being by the move alone goes with it.
      await settleMove(tx, back)
      return true
    },
    async release(tx, appid, index) {
      await graph.hold(tx, [{ kind: 'wechat', namespace: appid, index }])
      const wechat = await findIdentity(tx, { kind: 'wechat', namespace: appid, value_index: index })
      if (!wechat) return undefined
      const from = wechat.user_id
      const held = await listIdentities(tx, from)
      if (held.every(isWechat)) return undefined
      const { same, unsure, unions } = await companionsOf(tx, wechat, held)
      const leaving = [wechat, ...same]
      const to = same.length > 0 ? await graph.makeUser(tx, []) : undefined
      for (const row of to === undefined ? [wechat, ...unions, ...unsure] : unsure) await deleteIdentity(tx, row.id)
      if (to !== undefined) {
        await take(tx, [{ from, to, identities: [...leaving, ...unions].map(({ id }) => id), apps: [] }])
      }
      await deleteUnbackedUnions(tx, from)
      return { from, to, wechats: leaving.map((row) => [row.namespace, row.value_index]) }
    },
    settleMove,
  }
}
