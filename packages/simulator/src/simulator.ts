import Fastify, { type FastifyInstance } from 'fastify'
import { registerApi } from './api/routes.ts'
import { registerAccounts } from './control/accounts.ts'
import { registerBrowsers } from './control/browsers.ts'
import { registerEvents } from './control/events.ts'
import { guardControl } from './control/guard.ts'
import { registerMessages } from './control/messages.ts'
import { registerPeople } from './control/people.ts'
import { registerPlatform } from './control/platform.ts'
import { registerPushes } from './control/pushes.ts'
import { registerReceipts } from './control/receipts.ts'
import { registerSubscriptions } from './control/subscriptions.ts'
import { registerTemplates } from './control/templates.ts'
import { registerOAuth } from './oauth/routes.ts'
import { registerSubscribePage } from './oauth/subscribemsg.ts'
import { registerPhonePage } from './phone.ts'
import { registerPictures } from './pictures.ts'
import { Refusal } from './refusals.ts'
import { createWorld, type World } from './world.ts'

export type SimulatorOptions = {
  /** 0, the default, takes a free one. */
  port?: number
  /** A loopback address; `127.0.0.1` by default. */
  host?: string
  /** How long a callback may take: 5000 milliseconds on WeChat. */
  callbackTimeoutMs?: number
  /** The pause between a failed attempt and the next: 1000 milliseconds by default. A timed-out attempt has none. */
  retryDelayMs?: number
  /** The mailbox's own port; 0, the default, takes a free one, which `/_sim/mail/server` tells. */
  smtpPort?: number
}

export type Simulator = {
  /** Without a slash at the end; empty until it listens. */
  readonly url: string
  /** The platform's state, for tests in the same process. */
  readonly world: World
  listen(): Promise<string>
  close(): Promise<void>
}

const BODY_LIMIT = 2 * 1024 * 1024

function createApp(world: World): FastifyInstance {
  const app = Fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } })
  // Each interface reads its own body: the API tells broken JSON by its own error codes.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('date', new Date(world.clock.now()).toUTCString())
    done()
  })
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) return reply.code(error.status).send({ error: error.code, message: error.message })
    throw error
  })
  return app
}

function registerControl(app: FastifyInstance, world: World): void {
  app.addHook('onRequest', async (request) => guardControl(request))
  for (const register of [
    registerAccounts,
    registerPeople,
    registerMessages,
    registerBrowsers,
    registerPushes,
    registerPlatform,
    registerTemplates,
    registerSubscriptions,
    registerReceipts,
    registerEvents,
  ])
    register(app, world)
}

/** The whole platform in one process; it answers nobody until `listen()`. */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { callbackTimeoutMs = 5000, retryDelayMs = 1000, host = '127.0.0.1', port = 0, smtpPort = 0 } = options
  const world = createWorld({ callbackTimeoutMs, retryDelayMs })
  const app = createApp(world)
  registerApi(app, world)
  registerPictures(app, world)
  registerOAuth(app, world)
  registerSubscribePage(app, world)
  registerPhonePage(app)
  await app.register(async (control) => registerControl(control, world))
  return {
    get url() {
      return world.url
    },
    world,
    async listen() {
      await world.mailbox.listen(host, smtpPort)
      world.url = await app.listen({ host, port })
      return world.url
    },
    async close() {
      await world.close()
      await app.close()
    },
  }
}

/** The platform, listening. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await createSimulator(options)
  await simulator.listen()
  return simulator
}
