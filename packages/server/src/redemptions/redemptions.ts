import type { Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import type { Conflicts, Met } from '../conflicts/conflicts.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { type FlowRow, type Flows, kindOf, type ProfileView, profileView, stateOf } from '../flows/flows.ts'
import type { Followers, Lookups } from '../followers/followers.ts'
import type { SignIns } from '../signins/signins.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { FlowKind } from '../store/tables.ts'
import type { Brought, IdentityKey, SeenUser, Users } from '../users/users.ts'
import { equalSecrets, hashSecret, type Vault } from '../vault/vault.ts'

/** What the site's backend buys with a completion code. */
export interface Redemption {
  kind: FlowKind
  /** Of an approval. */
  purpose?: string
  user: { id: string; external_user_id?: string; is_new: boolean } | null
  registration_token?: string
  wechat: { account: string; subscribed: boolean; profile?: ProfileView; openid?: string; unionid?: string }
  assurance: FlowRow['assurance']
}

/** What the site's backend presents. A purpose must be the flow's own. */
interface Presented {
  completionCode: string
  browserBinding?: string
  purpose?: string
}

export interface Redemptions {
  redeem(app: App, flowId: string, presented: Presented): Promise<Redemption>
  /** A bind that the person's own yes completes, because the site has said beforehand whose account it is: the claim of a link. */
  complete(tx: Tx, row: FlowRow): Promise<void>
  /** Policy `site`: the person who was unknown now has an id at the site. */
  register(
    app: App,
    flowId: string,
    presented: { registrationToken: string; externalUserId: string },
  ): Promise<Redemption>
}

interface Bound extends SeenUser {
  brought?: Brought[] | undefined
}

export function createRedemptions(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  apps: Apps
  events: Events
  users: Users
  followers: Followers
  flows: Flows
  signIns: SignIns
  conflicts: Conflicts
  lookups: Pick<Lookups, 'learnUnionid'>
}): Redemptions {
  const { store, vault, clock, accounts, apps, conflicts, events, users, followers, flows, signIns } = deps

  async function own(tx: Tx, app: App, flowId: string): Promise<FlowRow> {
    const row = await flows.steps.hold(tx, flowId)
    if (row?.app_id !== app.id) throw new DomainError('not_found')
    return row
  }

  async function wechatKey(tx: Tx, row: FlowRow): Promise<IdentityKey> {
    if (!row.scanner_index) throw new Error('a confirmed flow has a scanner')
    const follower = await followers.find(tx, row.appid, row.scanner_index)
    const sealed = row.scanner_sealed ?? follower?.openid_sealed ?? null
    return { kind: 'wechat', namespace: row.appid, index: row.scanner_index, sealed }
  }

  async function describeWechat(tx: Tx, app: App, row: FlowRow, wechat: IdentityKey): Promise<Redemption['wechat']> {
    const follower = await followers.find(tx, wechat.namespace, wechat.index)
    const unionid = app.scopes.includes('unionid') && follower ? followers.openUnionid(follower) : undefined
    const openid =
      app.scopes.includes('openid') && wechat.sealed
        ? vault.open(users.openidPlace(wechat.namespace, wechat.index), wechat.sealed)
        : undefined
    const profile = flows.profileOf(row)
    return {
      account: wechat.namespace,
      subscribed: follower !== undefined && follower.followed_at !== null && follower.unfollowed_at === null,
      ...(profile && { profile: profileView(profile) }),
      ...(openid && { openid }),
      ...(unionid && { unionid }),
    }
  }

  /** Adds the identity that the flow proved. A conflict ends the flow, in the same transaction, and is told afterwards. */
  async function bind(
    tx: Tx,
    app: App,
    row: FlowRow,
    external: IdentityKey,
    wechat: IdentityKey,
    onConflict?: (met: Met) => void,
  ): Promise<Bound | DomainError> {
    const joining = await users.join(tx, app.id, external, wechat)
    if (joining.outcome === 'conflict') {
      const met = { conflict: joining, flow: row, wechatIndex: wechat.index }
      // A move takes the six digits, whatever stood in its way when the person said yes.
      const mayMove = row.kind === 'bind' && row.assurance === 'code' && row.link_id === null
      const moved = mayMove ? await conflicts.move(tx, met, external, wechat) : undefined
      if (moved) return moved
      if (onConflict) onConflict({ ...met, flow: { ...row, external_index: external.index } })
      else await conflicts.meet(tx, met)
      return new DomainError(joining.reason)
    }
    if (!joining.seen) throw new Error('a join without conflict has a user')
    if (joining.outcome !== 'joined_already') {
      events.append(tx, app.id, 'binding.created', {
        user_id: joining.seen.id,
        flow_id: row.id,
        account: row.appid,
      })
    }
    return { ...joining.seen, brought: joining.brought }
  }

  /** Whose yes it was, as the app knows them; nothing about anybody changes. */
  async function approve(tx: Tx, app: App, row: FlowRow, wechat: IdentityKey): Promise<Pick<Redemption, 'user'>> {
    if (!(await flows.isFor(tx, row, wechat.index)))
      throw new DomainError('flow_over', 'The WeChat that said yes is not this user’s any more.')
    const known = await users.findOfApp(tx, app.id, wechat)
    if (!known) return { user: null }
    const { id, externalUserId } = known
    return { user: { id, ...(externalUserId !== undefined && { external_user_id: externalUserId }), is_new: false } }
  }

  async function identify(
    tx: Tx,
    app: App,
    row: FlowRow,
    wechat: IdentityKey,
  ): Promise<Pick<Redemption, 'user' | 'registration_token'> | DomainError> {
    if (kindOf(row) === 'verify') return approve(tx, app, row, wechat)
    if (row.kind === 'bind') {
      if (!row.external_index) throw new Error('a bind flow has an external identity')
      const external: IdentityKey = {
        kind: 'external',
        namespace: app.id,
        index: row.external_index,
        sealed: row.external_sealed,
      }
      const bound = await bind(tx, app, row, external, wechat)
      if (bound instanceof DomainError) return bound
      return { user: { ...present(bound), external_user_id: openExternal(row) } }
    }
    const registered = await users.findRegistered(tx, app.id, wechat)
    if (registered) return { user: { ...present(registered.seen), external_user_id: registered.externalUserId } }
    // Whoever is confirmed where Hufu registers people has registered, or was known before.
    if (app.registration !== 'site') return { user: present(await users.recognise(tx, app.id, wechat)) }
    return { user: null, registration_token: flows.secrets.registrationToken(row.id) }
  }

  /** What the flow has proved, carried out; a conflict ends the flow. */
  async function settle(
    tx: Tx,
    app: App,
    row: FlowRow,
    wechat: IdentityKey,
  ): Promise<Pick<Redemption, 'user' | 'registration_token'> | DomainError> {
    const identified = await identify(tx, app, row, wechat)
    if (identified instanceof DomainError) {
      const reason = identified.code === 'user_already_bound' ? 'user_already_bound' : 'wechat_already_bound'
      await flows.steps.fail(tx, row, reason)
      return identified
    }
    if (!(await flows.steps.complete(tx, row))) throw new DomainError('already_redeemed')
    if (identified.user) await signIns.record(tx, row)
    return identified
  }

  /** Before the transaction: WeChat is asked, and may take its time. */
  async function learnUnionid(app: App, flowId: string): Promise<void> {
    const row = await flows.find(flowId)
    const account = row && accounts.find(row.appid)
    if (
      !account ||
      kindOf(row) === 'verify' ||
      row.app_id !== app.id ||
      row.state !== 'confirmed' ||
      row.scanner_index === null
    )
      return
    await deps.lookups.learnUnionid(account, row.scanner_index)
  }

  function openExternal(row: FlowRow): string {
    if (!row.external_index || !row.external_sealed) throw new Error('a bind flow has an external identity')
    return vault.open(`identities.value.external.${row.app_id}.${row.external_index}`, row.external_sealed)
  }

  return {
    async redeem(app, flowId, presented) {
      await learnUnionid(app, flowId)
      const result = await store.write(async (tx) => {
        const row = await own(tx, app, flowId)
        refuseUnlessConfirmed(row, clock.now())
        if (!equalSecrets(presented.completionCode, flows.secrets.completionCode(row.id)))
          throw new DomainError('code_invalid')
        if (row.binding_hash !== null && hashSecret(presented.browserBinding ?? '') !== row.binding_hash) {
          throw new DomainError('binding_mismatch', 'This flow was begun by another browser session of your site.')
        }
        const purpose = flows.purposeOf(row)
        if (presented.purpose !== undefined && presented.purpose !== purpose) throw new DomainError('purpose_mismatch')
        const wechat = await wechatKey(tx, row)
        const identified = await settle(tx, app, row, wechat)
        if (identified instanceof DomainError) return { row, refusal: identified }
        return {
          row,
          answer: {
            kind: kindOf(row),
            ...(purpose !== undefined && { purpose }),
            ...identified,
            wechat: await describeWechat(tx, app, row, wechat),
            assurance: row.assurance,
          },
        }
      })
      if (result.refusal) throw result.refusal
      return result.answer
    },
    async complete(tx, row) {
      await settle(tx, apps.get(row.app_id), row, await wechatKey(tx, row))
    },
    async register(app, flowId, presented) {
      let met: Met | undefined
      const registering = store.write(async (tx) => {
        const row = await own(tx, app, flowId)
        if (!equalSecrets(presented.registrationToken, flows.secrets.registrationToken(row.id)))
          throw new DomainError('code_invalid')
        if (row.registered_at !== null) throw new DomainError('already_registered')
        if (kindOf(row) !== 'login' || !(await flows.steps.register(tx, row.id))) throw new DomainError('code_expired')
        const wechat = await wechatKey(tx, row)
        const bound = await bind(tx, app, row, users.externalKey(app.id, presented.externalUserId), wechat, (found) => {
          met = found
        })
        if (bound instanceof DomainError) throw bound
        await signIns.record(tx, row, bound.brought)
        return {
          row,
          answer: {
            kind: kindOf(row),
            user: { ...present(bound), external_user_id: presented.externalUserId },
            wechat: await describeWechat(tx, app, row, wechat),
            assurance: row.assurance,
          },
        }
      })
      try {
        return (await registering).answer
      } catch (error) {
        // The token may be used again: what was done is undone, what was met is not.
        const found = met
        if (found) await store.write((tx) => conflicts.meet(tx, found))
        throw error
      }
    },
  }
}

function present(seen: SeenUser): { id: string; is_new: boolean } {
  return { id: seen.id, is_new: seen.isNew }
}

function refuseUnlessConfirmed(row: FlowRow, now: number): void {
  switch (stateOf(row, now)) {
    case 'confirmed':
      return
    case 'completed':
      throw new DomainError('already_redeemed')
    case 'waiting':
    case 'scanned':
    case 'registration_required':
      throw new DomainError('not_confirmed')
    case 'expired':
      throw new DomainError(row.code_read_at === null ? 'flow_over' : 'code_expired')
    case 'failed':
      if (
        row.reason === 'wechat_already_bound' ||
        row.reason === 'user_already_bound' ||
        row.reason === 'too_many_tries'
      ) {
        throw new DomainError(row.reason)
      }
      throw new DomainError('flow_over')
    default:
      throw new DomainError('flow_over')
  }
}
