import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { createAccounts } from './accounts/accounts.ts'
import { createFollowCodes } from './accounts/follow-codes.ts'
import { createApps } from './apps/apps.ts'
import { createChat } from './chat/chat.ts'
import { createCodes } from './codes/codes.ts'
import type { Config } from './config.ts'
import { createConfirmations } from './confirmations/confirmations.ts'
import { createConflicts } from './conflicts/conflicts.ts'
import { createCourier } from './courier/courier.ts'
import { createCredentials, openBreachedList } from './credentials/credentials.ts'
import { createEvents } from './events/events.ts'
import { createFlows } from './flows/flows.ts'
import { createWatching } from './flows/watching.ts'
import { createBackFilling } from './followers/back-filling.ts'
import { createFollowers } from './followers/followers.ts'
import { createLookups } from './followers/lookups.ts'
import { createOutages } from './followers/outages.ts'
import { createReconciling } from './followers/reconciling/reconciling.ts'
import { createSettling } from './followers/settling.ts'
import { createInbox } from './inbox/inbox.ts'
import { createWords } from './inbox/words.ts'
import { createInvitations } from './invitations/invitations.ts'
import { giveJobs } from './jobs.ts'
import { createJssdk } from './jssdk/jssdk.ts'
import { createLinks } from './links/links.ts'
import { createLive } from './live/live.ts'
import { createLogin } from './login/login.ts'
import { createMe } from './me/me.ts'
import { createMenus } from './menus/menus.ts'
import { createBatches } from './messages/batches/batches.ts'
import { createMessages } from './messages/messages.ts'
import { createWindowsKeeper } from './messages/windows/keeping.ts'
import { createMutes } from './mutes/mutes.ts'
import { createOauth } from './oauth/oauth.ts'
import { createOutbox } from './outbox/outbox.ts'
import { createPermissions } from './permissions/permissions.ts'
import { createQuotas } from './quotas/quotas.ts'
import { createRedemptions } from './redemptions/redemptions.ts'
import { createRegistrations } from './registrations/registrations.ts'
import { createReplies } from './replies/replies.ts'
import { createReplyRules } from './replies/rules.ts'
import { createResets } from './resets/resets.ts'
import { createSessions } from './sessions/sessions.ts'
import { createGuards } from './signins/guards.ts'
import { createSignIns } from './signins/signins.ts'
import { type Clock, createClock } from './store/clock.ts'
import { openStore } from './store/store.ts'
import { createSubscriptions } from './subscriptions/subscriptions.ts'
import { createTemplates } from './templates/templates.ts'
import { createUsers } from './users/users.ts'
import { readKeyFile } from './vault/keyfile.ts'
import { listKeys } from './vault/queries.ts'
import { openVault } from './vault/vault.ts'

/** What WeChat is still trying to push need not be asked for. */
const triesOverMs = 30_000

/** Everything that knows people and WeChat, without a port of its own. */
export type Domain = Awaited<ReturnType<typeof createDomain>>

/** What tests and commands put in the place of what a server has. */
export interface Given {
  clock?: Clock
  fetch?: typeof fetch
  /** Which accounts are seen; see `createAccounts`. */
  accounts?: 'real' | 'simulated' | 'all'
}

interface Surroundings extends Given {
  config: Config
  log: FastifyBaseLogger
  /** Where people and sites find this server. */
  publicUrl(): string
  /** Aborted when the node stops: what waits for news, waits no longer. */
  closing: AbortSignal
  onRun: NonNullable<Parameters<typeof createOutbox>[0]['onRun']>
  onCall: NonNullable<Parameters<typeof createAccounts>[0]['onCall']>
}

/** Everything is made here, by hand, in order. */
export async function createDomain({ config, log, publicUrl, closing, onRun, onCall, ...given }: Surroundings) {
  const store = await openStore({
    databaseUrl: config.databaseUrl?.reveal(),
    sqlitePath: join(config.dataDir, 'hufu.sqlite'),
    connections: config.databaseConnections,
  })
  const databaseClock = await createClock(store.time)
  const clock = given.clock ?? databaseClock
  const isNew = (await listKeys(store.db)).length === 0
  const key = config.secretKey ?? readKeyFile(config.keyFile, { create: isNew })
  const vault = await openVault({ store, clock, key })
  const live = createLive(store)
  const outbox = createOutbox({ store, clock, live, log, onRun })

  const which = given.accounts ?? (config.simulatorUrl ? 'simulated' : 'real')
  const accounts = await createAccounts({
    store,
    vault,
    clock,
    live,
    log,
    fetch: given.fetch ?? fetch,
    simulatorUrl: config.simulatorUrl,
    which,
    onCall,
  })
  const apps = await createApps({ store, clock, log, which, publicUrl })
  const events = createEvents({ store, clock, live })
  const users = createUsers({ store, vault, clock, events })
  const followers = createFollowers({ store, vault, clock, events, users })
  const templates = createTemplates({ store, clock, accounts, log })
  const permissions = createPermissions({ clock, db: store.db })
  const mutes = createMutes({ clock, db: store.db })
  const quotas = createQuotas(config.limits)
  const messages = createMessages({
    permissions,
    mutes,
    quotas,
    templates,
    store,
    vault,
    clock,
    live,
    accounts,
    apps,
    events,
    users,
    followers,
    outbox,
    log,
    closing,
    publicUrl,
  })
  const sessions = createSessions({ store, clock, vault })
  const chat = createChat({ clock })
  const courier = createCourier({ config, clock, fetch: given.fetch ?? fetch })
  const breached = config.breachedPasswordsFile ? await openBreachedList(config.breachedPasswordsFile) : undefined
  const countries = config.smsCountries
  const credentials = createCredentials({ store, vault, clock, users, outbox, breached, countries, send: courier.send })
  const conflicts = createConflicts({
    sessions,
    credentials,
    store,
    vault,
    clock,
    events,
    users,
    apps,
    publicUrl,
    accounts,
    tell: messages.tell,
  })
  messages.onSent(conflicts.taken)
  const batches = createBatches({
    store,
    vault,
    clock,
    accounts,
    apps,
    users,
    events,
    templates,
    outbox,
    messages,
    publicUrl,
  })
  const guards = createGuards({ clock, db: store.db })
  const world = {
    store,
    vault,
    clock,
    live,
    accounts,
    apps,
    events,
    users,
    conflicts,
    followers,
    chat,
    credentials,
    guards,
    limits: config.limits,
    publicUrl,
  }
  const flows = createFlows(world)
  const watching = createWatching({ ...world, flows, closing: closing })
  const rules = await createReplyRules({ ...world, log })
  const links = createLinks({ ...world, flows })
  const subscriptions = createSubscriptions({ ...world, permissions, messages })
  const replies = createReplies({ ...world, flows, rules, linkFor: links.issue })
  const menus = createMenus(world)
  const inbox = createInbox({ ...world, flows, messages, permissions, mutes, replies })
  const wordsOf = createWords({ ...world, messages })
  // In the order in which everybody takes what they keep (ARCHITECTURE.md, “Neighbours”).
  for (const { keeper } of [
    followers,
    flows,
    sessions,
    credentials,
    chat,
    inbox,
    links,
    subscriptions,
    // Lists before messages: what has just become one of the other is forgotten there.
    batches,
    messages,
    { keeper: createWindowsKeeper(store.db) },
    permissions,
    mutes,
    conflicts,
  ])
    users.keeper(keeper)
  const settling = createSettling({ ...world, flows, inbox })
  const lookups = createLookups({ ...world, settling })
  const backFilling = createBackFilling(world)
  const reconciling = createReconciling({ ...world, settling, share: config.reconcilePercent / 100, log })
  const outages = createOutages({ clock, log, onOutage: () => reconciling.want(accounts.list(), triesOverMs) })
  const oauth = createOauth(world)
  const signIns = createSignIns({ ...world, flows, sessions, messages })
  for (const { keeper } of [signIns, guards]) users.keeper(keeper)
  const redemptions = createRedemptions({ ...world, flows, signIns, lookups })
  const confirmations = createConfirmations({ ...world, flows, links, lookups, redemptions })
  const registrations = createRegistrations({ ...world, flows, signIns, canSend: courier.can })
  const resets = createResets({ ...world, sessions, messages, outbox, courier })
  const login = createLogin({ ...world, flows, sessions, signIns })
  const me = createMe({ ...world, mutes, sessions, signIns, export: users.exportPerson, erase: users.erase })
  const jssdk = createJssdk(world)
  const invitations = createInvitations(world)
  const followCodes = createFollowCodes(world)
  const codes = createCodes({ ...world, templates, messages, quotas, outbox })
  users.keeper(codes.keeper)

  const domain = {
    ...world,
    flows,
    outbox,
    watching,
    rules,
    links,
    subscriptions,
    replies,
    menus,
    templates,
    inbox,
    wordsOf,
    messages,
    batches,
    mutes,
    permissions,
    sessions,
    reconciling,
    outages,
    oauth,
    signIns,
    redemptions,
    confirmations,
    registrations,
    resets,
    login,
    me,
    jssdk,
    invitations,
    codes,
    async close() {
      outages.close()
      accounts.close()
      courier.close()
      await breached?.close()
      apps.close()
      rules.close()
      databaseClock.close()
      await store.close()
    },
  }
  giveJobs({ ...domain, backFilling, lookups, followCodes })
  return domain
}
