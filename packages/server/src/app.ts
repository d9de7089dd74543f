import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { accountRoutes } from './accounts/routes.ts'
import { type Apps, createApps } from './apps/apps.ts'
import { createChat } from './chat/chat.ts'
import type { Config } from './config.ts'
import { createConfirmations } from './confirmations/confirmations.ts'
import { confirmationRoutes } from './confirmations/routes.ts'
import { type Conflicts, createConflicts, type Tell } from './conflicts/conflicts.ts'
import { conflictPages } from './conflicts/phone/routes.ts'
import { conflictRoutes } from './conflicts/routes.ts'
import { createCourier } from './courier/courier.ts'
import { type Credentials, createCredentials, openBreachedList } from './credentials/credentials.ts'
import { DomainError } from './errors.ts'
import { createEvents } from './events/events.ts'
import { eventRoutes } from './events/routes.ts'
import { createFlows, type Flows } from './flows/flows.ts'
import { flowRoutes } from './flows/routes.ts'
import { createWatching } from './flows/watching.ts'
import { createBackFilling } from './followers/back-filling.ts'
import { createFollowers } from './followers/followers.ts'
import { createLookups } from './followers/lookups.ts'
import { beatMs, createOutages } from './followers/outages.ts'
import { createReconciling, type Reconciling } from './followers/reconciling.ts'
import { createSettling } from './followers/settling.ts'
import { clientAddress } from './http/address.ts'
import { createCookie } from './http/cookie.ts'
import { healthRoutes } from './http/health.ts'
import { pages } from './http/pages.ts'
import { createPhone } from './http/phone.ts'
import { createServer, type Server } from './http/server.ts'
import { staticRoutes } from './http/static.ts'
import { createView } from './http/view.ts'
import { callbackPath, createCallbackHandler } from './inbox/callback.ts'
import { createInbox, type Inbox } from './inbox/inbox.ts'
import { createWords } from './inbox/words.ts'
import { createJssdk } from './jssdk/jssdk.ts'
import { jssdkRoutes } from './jssdk/routes.ts'
import { createLimiter } from './limiter.ts'
import { createLinks, type Links } from './links/links.ts'
import { linkRoutes } from './links/routes.ts'
import { createLive } from './live/live.ts'
import { createLogin } from './login/login.ts'
import { loginRoutes } from './login/routes.ts'
import { createMe } from './me/me.ts'
import { meRoutes } from './me/routes.ts'
import { createMenus, type Menus } from './menus/menus.ts'
import { menuRoutes } from './menus/routes.ts'
import { createMessages } from './messages/messages.ts'
import { messageRoutes } from './messages/routes.ts'
import { sendKind } from './messages/sending.ts'
import { createMetrics } from './metrics.ts'
import { networkOf } from './network.ts'
import { createOauth, type Oauth, type PhoneSession, type ProvedPerson } from './oauth/oauth.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { createOutbox, type Outbox } from './outbox/outbox.ts'
import { createRedemptions } from './redemptions/redemptions.ts'
import { redemptionRoutes } from './redemptions/routes.ts'
import { createRegistrations } from './registrations/registrations.ts'
import { registrationRoutes } from './registrations/routes.ts'
import { createReplies } from './replies/replies.ts'
import { replyRoutes } from './replies/routes.ts'
import { createReplyRules, type ReplyRules } from './replies/rules.ts'
import { createResets } from './resets/resets.ts'
import { resetRoutes } from './resets/routes.ts'
import { createSessions, sessionSeconds } from './sessions/sessions.ts'
import { createGuards } from './signins/guards.ts'
import { signInRoutes } from './signins/routes.ts'
import { createSignIns, type SignIns } from './signins/signins.ts'
import { type Clock, createClock } from './store/clock.ts'
import { lockData } from './store/lock.ts'
import { openStore, type Store } from './store/store.ts'
import { userRoutes } from './users/routes.ts'
import { createUsers, type Users } from './users/users.ts'
import { readKeyFile } from './vault/keyfile.ts'
import { listKeys } from './vault/queries.ts'
import { openVault } from './vault/vault.ts'
import { version } from './version.ts'

export interface App {
  server: Server
  store: Store
  clock: Clock
  accounts: Accounts
  apps: Apps
  users: Users
  conflicts: Conflicts
  flows: Flows
  credentials: Credentials
  links: Links
  oauth: Oauth
  inbox: Inbox
  rules: ReplyRules
  menus: Menus
  reconciling: Reconciling
  signIns: SignIns
  outbox: Outbox
  /** Work that nobody waits for: expiry, retention, questions to the platform. Runs by itself once the app listens. */
  housekeep(): Promise<void>
  /** @returns the origin it listens on */
  listen(): Promise<string>
  close(): Promise<void>
}

export interface Overrides {
  clock?: Clock
  fetch?: typeof fetch
  log?: FastifyBaseLogger
  /** `false`: jobs run only when `housekeep` is called, as tests want it. */
  background?: boolean
  /** A command, which does its work beside the server that serves this data. */
  beside?: boolean
  /** Which accounts are seen; see `createAccounts`. */
  accounts?: 'real' | 'simulated' | 'all'
  /** Says something to somebody's chat, for what is about to be moved. */
  tell?: Tell
  /** Pages beyond the product's own, such as the playground. */
  extend?(server: Server): Promise<void>
}

const hourMs = 3_600_000
const longestGoodbyeMs = 5_000
/** What WeChat is still trying to push need not be asked for. */
const triesOverMs = 30_000

export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  // Before the file is opened: it may be about to be replaced by a backup.
  const lock = config.databaseUrl || overrides.beside ? undefined : lockData(config.dataDir)
  try {
    const app = await assemble(config, overrides)
    return {
      ...app,
      async close() {
        await app.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** Everything is made here, by hand, in order. */
async function assemble(config: Config, overrides: Overrides): Promise<App> {
  let publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  const log = overrides.log ?? pino({ level: config.logLevel })
  const store = await openStore({
    databaseUrl: config.databaseUrl?.reveal(),
    sqlitePath: join(config.dataDir, 'hufu.sqlite'),
    connections: config.databaseConnections,
  })
  const databaseClock = await createClock(store.time)
  const clock = overrides.clock ?? databaseClock
  const isNew = (await listKeys(store.db)).length === 0
  const key = config.secretKey ?? readKeyFile(config.keyFile, { create: isNew })
  const vault = await openVault({ store, clock, key })
  const live = createLive(store)
  const metrics = createMetrics({ streams: () => watching.streams() })

  const outbox = createOutbox({ store, clock, live, log, onRun: metrics.ran })

  const which = overrides.accounts ?? (config.simulatorUrl ? 'simulated' : 'real')
  const accounts = await createAccounts({
    store,
    vault,
    clock,
    live,
    log,
    fetch: overrides.fetch ?? fetch,
    simulatorUrl: config.simulatorUrl,
    which,
    onCall: metrics.called,
  })
  const apps = await createApps({ store, clock, log, which, publicUrl: () => publicUrl })
  const events = createEvents({ store, clock, live })
  const users = createUsers({ store, vault, clock, events })
  const followers = createFollowers({ store, vault, clock, events, users })
  const closing = new AbortController()
  const messages = createMessages({
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
    closing: closing.signal,
    publicUrl: () => publicUrl,
  })
  const sessions = createSessions({ store, clock, vault })
  const conflicts = createConflicts({
    sessions,
    store,
    vault,
    clock,
    events,
    users,
    apps,
    publicUrl: () => publicUrl,
    // Who was told is not known to have heard: no silence counts for a yes.
    tell:
      overrides.tell ??
      (async (tx, who, text) => {
        await messages.tell(tx, who, text)
        return false
      }),
  })
  const chat = createChat({ clock })
  const courier = createCourier({ config, clock, fetch: overrides.fetch ?? fetch })
  const breached = config.breachedPasswordsFile ? await openBreachedList(config.breachedPasswordsFile) : undefined
  const countries = config.smsCountries
  const credentials = createCredentials({ store, vault, clock, users, outbox, breached, countries, send: courier.send })
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
    publicUrl: () => publicUrl,
  }
  const flows = createFlows(world)
  const watching = createWatching({ ...world, flows, closing: closing.signal })
  const rules = await createReplyRules({ ...world, log })
  const links = createLinks({ ...world, flows })
  const replies = createReplies({ ...world, flows, rules, linkFor: links.issue })
  const menus = createMenus(world)
  const inbox = createInbox({ ...world, flows, messages, replies })
  const wordsOf = createWords({ ...world, messages })
  for (const { keeper } of [flows, followers, credentials, inbox, links, messages, conflicts]) users.keeper(keeper)
  const settling = createSettling({ ...world, flows, inbox })
  const lookups = createLookups({ ...world, settling })
  const backFilling = createBackFilling(world)
  const reconciling = createReconciling({ ...world, settling, share: config.reconcilePercent / 100, log })
  const outages = createOutages({ clock, log, onOutage: () => reconciling.want(accounts.list(), triesOverMs) })
  const oauth = createOauth(world)
  const signIns = createSignIns({ ...world, sessions, messages })
  for (const { keeper } of [sessions, signIns, guards]) users.keeper(keeper)
  const redemptions = createRedemptions({ ...world, flows, signIns, lookups })
  const confirmations = createConfirmations({ ...world, flows, links, lookups, redemptions })
  const registrations = createRegistrations({ ...world, flows, canSend: courier.can })
  const resets = createResets({
    ...world,
    canSend: courier.can,
    onChanged: async (tx, userId) => void (await sessions.endAll(tx, userId)),
  })
  const login = createLogin({ ...world, flows, sessions, signIns })
  const me = createMe({ ...world, sessions, signIns, export: users.exportPerson, erase: users.erase })
  const jssdk = createJssdk(world)

  const guesses = createLimiter({ clock, limit: 20, windowMs: 60_000 })
  function authenticate(presented: string | undefined, address: string): string {
    const app = presented?.startsWith('hk_') ? apps.byApiKey(presented) : undefined
    if (app) return app.id
    const retryAfter = guesses.take(networkOf(address))
    if (retryAfter > 0) throw new DomainError('rate_limited', { retryAfter })
    throw new DomainError('unauthorized', 'Send your app’s API key: Authorization: Bearer hk_…')
  }

  const addressOf = clientAddress(config.trustedProxies)
  function pushed(result: Parameters<typeof metrics.push>[0]): void {
    metrics.push(result)
    outages.pushed(result)
  }
  const onCallback = createCallbackHandler({ accounts, inbox, clock, metrics: { push: pushed }, log, addressOf })
  const server = await createServer({
    authenticate,
    trustedProxies: config.trustedProxies,
    logger: log,
    direct: { prefix: callbackPath, handle: onCallback },
    onAnswered: metrics.answered,
  })
  async function ready(): Promise<void> {
    // A balancer that asks now sends its visitors elsewhere.
    if (closing.signal.aborted) throw new Error('this node is stopping')
    await apps.reload()
  }
  const view = createView()
  await staticRoutes(server)
  healthRoutes(server, { ready, registry: metrics.registry })
  flowRoutes(server, { flows, apps, watching, registrations })
  redemptionRoutes(server, { redemptions, apps })
  userRoutes(server, { users })
  eventRoutes(server, { events, wordsOf, closing: closing.signal })
  conflictRoutes(server, { conflicts, users, apps, db: store.db })
  jssdkRoutes(server, { jssdk, apps })
  accountRoutes(server, { accounts })
  messageRoutes(server, { messages, apps })
  replyRoutes(server, { rules, accounts, apps })
  menuRoutes(server, { menus, apps })
  const phone = createPhone({ ...world, ...oauth, limit: config.limits.oauthPerAddress, view })
  // Each object answers for itself whom it lets in, by the prefix of its id.
  const admits = async (session: PhoneSession, person: ProvedPerson) => {
    if (!session.about.startsWith('ln_')) return confirmations.admits(session, person)
    return (await links.admits(session)) || 'wrong_wechat_user'
  }
  oauthRoutes(server, { oauth, phone, admits, view })
  linkRoutes(server, { links, flows, apps, phone, view })
  const session = createCookie({ name: 'session', seconds: sessionSeconds, publicUrl: () => publicUrl })
  loginRoutes(server, { login, session, view, publicUrl: () => publicUrl })
  meRoutes(server, { ...world, me, sessions, session, phone, view })
  signInRoutes(server, { ...world, signIns, phone, view })
  conflictPages(server, { ...world, phone, view })
  confirmationRoutes(server, { ...world, flows, confirmations, phone, view })
  registrationRoutes(server, { ...world, flows, registrations, phone, view })
  resetRoutes(server, { ...world, resets, view })
  await overrides.extend?.(server)
  server.get('/console', { schema: { hide: true } }, (_request, reply) => reply.redirect('/', 302))
  if (!server.hasRoute({ method: 'GET', url: '/' })) {
    const page = pages(view)
    const home = { name: 'home', version, simulator: false, links: { docs: '/docs' } } as const
    server.get('/', { schema: { hide: true } }, (request, reply) => page(request, reply, home, 200))
  }

  const second = 1_000
  outbox.every('flows.expire', 5 * second, 'upkeep', flows.expire)
  outbox.every('flows.forget', hourMs, 'upkeep', flows.forget)
  outbox.every('followers.unite', 5 * second, 'upkeep', backFilling.run)
  outbox.every('followers.look_up', 5 * second, 'platform', (job) => lookups.lookUp(job, accounts.list()))
  outbox.every('followers.beat', beatMs, 'upkeep', outages.beat)
  outbox.every('followers.reconcile', 15 * second, 'platform', (job) => reconciling.run(job, accounts.list()))
  outbox.every('followers.forget', hourMs, 'upkeep', (job) => followers.forget(job, accounts.list()))
  outbox.every('conflicts.forget', hourMs, 'upkeep', conflicts.forget)
  outbox.every('chat.forget', hourMs, 'upkeep', chat.forget)
  outbox.every('confirmations.forget', hourMs, 'upkeep', oauth.forget)
  outbox.every('credentials.forget', hourMs, 'upkeep', credentials.proofs.forget)
  outbox.every('links.forget', hourMs, 'upkeep', links.forget)
  outbox.every('sessions.forget', hourMs, 'upkeep', sessions.forget)
  outbox.every('signins.forget', hourMs, 'upkeep', signIns.forget)
  outbox.every('inbox.forget', hourMs, 'upkeep', inbox.forget)
  outbox.handle(sendKind, 'messages', messages.send)
  outbox.every('messages.forget', hourMs, 'upkeep', messages.forget)
  outbox.every('events.forget', hourMs, 'upkeep', events.forget)

  return {
    server,
    store,
    clock,
    accounts,
    apps,
    users,
    conflicts,
    flows,
    credentials,
    links,
    oauth,
    inbox,
    rules,
    menus,
    reconciling,
    signIns,
    outbox,
    housekeep: outbox.runAll,
    async listen() {
      const address = await server.listen({ host: config.host, port: config.port })
      if (!config.publicUrl) publicUrl = address.replace('127.0.0.1', 'localhost')
      if (overrides.background !== false) outbox.start()
      return publicUrl
    },
    async close() {
      closing.abort()
      watching.close()
      // Work in hand is finished; a request that never ends, or a reader that never reads, is not waited for.
      const impatience = setTimeout(() => server.server.closeAllConnections(), longestGoodbyeMs)
      await Promise.all([server.close(), outbox.stop(longestGoodbyeMs)])
      clearTimeout(impatience)
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
}
