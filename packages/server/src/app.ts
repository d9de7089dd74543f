import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { accountRoutes } from './accounts/routes.ts'
import { codeRoutes } from './codes/routes.ts'
import type { Config } from './config.ts'
import { confirmationRoutes } from './confirmations/routes.ts'
import { conflictPages } from './conflicts/phone/routes.ts'
import { conflictRoutes } from './conflicts/routes.ts'
import { createDomain, type Domain, type Given } from './domain.ts'
import { DomainError } from './errors.ts'
import { eventRoutes } from './events/routes.ts'
import { flowRoutes } from './flows/routes.ts'
import { clientAddress } from './http/address.ts'
import { createCookie } from './http/cookie.ts'
import { healthRoutes } from './http/health.ts'
import { pages } from './http/pages.ts'
import { createPhone } from './http/phone.ts'
import { createServer, type Server } from './http/server.ts'
import { staticRoutes } from './http/static.ts'
import { createView } from './http/view.ts'
import { callbackPath, createCallbackHandler } from './inbox/callback.ts'
import { invitationRoutes } from './invitations/routes.ts'
import { jssdkRoutes } from './jssdk/routes.ts'
import { createLimiter } from './limiter.ts'
import { linkRoutes } from './links/routes.ts'
import { loginRoutes } from './login/routes.ts'
import { meRoutes } from './me/routes.ts'
import { menuRoutes } from './menus/routes.ts'
import { batchRoutes } from './messages/batches/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { createMetrics } from './metrics.ts'
import { networkOf } from './network.ts'
import type { PhoneSession, ProvedPerson } from './oauth/oauth.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { redemptionRoutes } from './redemptions/routes.ts'
import { registrationRoutes } from './registrations/routes.ts'
import { replyRoutes } from './replies/routes.ts'
import { resetRoutes } from './resets/routes.ts'
import { sessionSeconds } from './sessions/sessions.ts'
import { signInRoutes } from './signins/routes.ts'
import { lockData } from './store/lock.ts'
import { subscriptionRoutes } from './subscriptions/routes.ts'
import { templateRoutes } from './templates/routes.ts'
import { userRoutes } from './users/routes.ts'
import { version } from './version.ts'

export interface App extends Domain {
  server: Server
  /** Work that nobody waits for: expiry, retention, questions to the platform. Runs by itself once the app listens. */
  housekeep(): Promise<void>
  /** @returns the origin it listens on */
  listen(): Promise<string>
}

export interface Overrides extends Given {
  log?: FastifyBaseLogger
  /** `false`: jobs run only when `housekeep` is called, as tests want it. */
  background?: boolean
  /** A command, which does its work beside the server that serves this data. */
  beside?: boolean
  /** Pages beyond the product's own, such as the playground. */
  extend?(server: Server): Promise<void>
}

const longestGoodbyeMs = 5_000

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

async function assemble(config: Config, overrides: Overrides): Promise<App> {
  let publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  const log = overrides.log ?? pino({ level: config.logLevel })
  const closing = new AbortController()
  const metrics = createMetrics({ streams: () => domain.watching.streams() })
  const domain = await createDomain({
    ...overrides,
    config,
    log,
    publicUrl: () => publicUrl,
    closing: closing.signal,
    onRun: metrics.ran,
    onCall: metrics.called,
  })
  const { apps, clock, outages, outbox } = domain

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
  const onCallback = createCallbackHandler({ ...domain, metrics: { push: pushed }, log, addressOf })
  const view = createView()
  const page = pages(view)
  const server = await createServer({
    authenticate,
    trustedProxies: config.trustedProxies,
    logger: log,
    direct: { prefix: callbackPath, handle: onCallback },
    lost: (request, reply, status) => page(request, reply, { name: 'not_found' }, status),
    onAnswered: metrics.answered,
  })
  async function ready(): Promise<void> {
    // A balancer that asks now sends its visitors elsewhere.
    if (closing.signal.aborted) throw new Error('this node is stopping')
    await apps.reload()
  }
  await staticRoutes(server)
  healthRoutes(server, { ready, registry: metrics.registry })
  const phone = createPhone({ ...domain, ...domain.oauth, limit: config.limits.oauthPerAddress, view })
  const session = createCookie({ name: 'session', seconds: sessionSeconds, publicUrl: domain.publicUrl })
  const served = { ...domain, closing: closing.signal, admits, db: domain.store.db, phone, session, view }
  // Each object answers for itself whom it lets in, by the prefix of its id.
  async function admits(session: PhoneSession, person: ProvedPerson) {
    if (!session.about.startsWith('ln_')) return domain.confirmations.admits(session, person)
    return (await domain.links.admits(session)) || 'wrong_wechat_user'
  }
  for (const routes of [
    flowRoutes,
    redemptionRoutes,
    userRoutes,
    eventRoutes,
    conflictRoutes,
    jssdkRoutes,
    accountRoutes,
    messageRoutes,
    batchRoutes,
    codeRoutes,
    replyRoutes,
    menuRoutes,
    templateRoutes,
    oauthRoutes,
    linkRoutes,
    subscriptionRoutes,
    loginRoutes,
    meRoutes,
    signInRoutes,
    conflictPages,
    confirmationRoutes,
    invitationRoutes,
    registrationRoutes,
    resetRoutes,
  ])
    routes(server, served)
  await overrides.extend?.(server)
  server.get('/console', { schema: { hide: true } }, (_request, reply) => reply.redirect('/', 302))
  if (!server.hasRoute({ method: 'GET', url: '/' })) {
    const home = { name: 'home', version, simulator: false, links: { docs: '/docs' } } as const
    server.get('/', { schema: { hide: true } }, (request, reply) => page(request, reply, home, 200))
  }

  return {
    ...domain,
    server,
    housekeep: outbox.runAll,
    async listen() {
      const address = await server.listen({ host: config.host, port: config.port })
      if (!config.publicUrl) publicUrl = address.replace('127.0.0.1', 'localhost')
      if (overrides.background !== false) outbox.start()
      return publicUrl
    },
    async close() {
      closing.abort()
      domain.watching.close()
      // Work in hand is finished; a request that never ends, or a reader that never reads, is not waited for.
      const impatience = setTimeout(() => server.server.closeAllConnections(), longestGoodbyeMs)
      await Promise.all([server.close(), outbox.stop(longestGoodbyeMs)])
      clearTimeout(impatience)
      await domain.close()
    },
  }
}
