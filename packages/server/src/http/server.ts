import { randomBytes } from 'node:crypto'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type preHandlerAsyncHookHandler,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import { Type } from 'typebox'
import { DomainError } from '../errors.ts'
import { base32 } from '../ids.ts'
import { createShortages } from '../shortages.ts'
import { parseStrictJson } from './json.ts'
import { describeApi } from './openapi.ts'
import { problemOf, sendProblem, statusOf } from './problems.ts'

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
> & {
  /** Only a site's backend, by its API key; `request.appId` is then its app. */
  backend: preHandlerAsyncHookHandler
  /** Says in the log why the database could not be had, where that is the error. */
  sayShortage(error: unknown): void
}

declare module 'fastify' {
  interface FastifyRequest {
    appId: string
  }
}

export interface ServerDeps {
  /** @returns the app of an API key, or undefined; throws `rate_limited` for an address that keeps guessing */
  authenticate(key: string | undefined, address: string): string
  trustedProxies: string[]
  logger: FastifyBaseLogger
  /** Requests whose path begins so are not the router's. */
  direct: { prefix: string; handle(request: IncomingMessage, response: ServerResponse): void }
  /** Tells a person who typed or opened an address that we do not have. */
  lost(request: FastifyRequest, reply: FastifyReply, status: number): FastifyReply
  /** After each answer, by route template, never by URL. */
  onAnswered(answer: { route: string; method: string; status: number; ms: number }): void
}

const bodyLimit = 64 * 1024

/** Unique, not secret: random once, then counted. */
const requestIdPrefix = `rq_${base32(randomBytes(10))}`
let requests = 0
function nextRequestId(): string {
  requests += 1
  return requestIdPrefix + requests.toString(36)
}

function listener(route: RequestListener, { prefix, handle }: ServerDeps['direct']): HttpServer {
  const options = { requestTimeout: 15_000, keepAliveTimeout: 72_000 }
  const server = createHttpServer(options, (request, response) => {
    if (!server.listening) response.setHeader('connection', 'close')
    if (request.url?.startsWith(prefix)) handle(request, response)
    else route(request, response)
  })
  return server
}

export async function createServer(deps: ServerDeps): Promise<Server> {
  const base = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: deps.trustedProxies.length > 0 ? deps.trustedProxies : false,
    genReqId: nextRequestId,
    bodyLimit,
    serverFactory: (route) => listener(route, deps.direct),
    forceCloseConnections: 'idle',
    // What is already on its way to a node that stops is answered, on a connection that then ends: nobody has to ask twice.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 128 },
    // What the router itself refuses would be answered in its own words, with the address repeated in them.
    frameworkErrors: (error, _request, reply) =>
      sendProblem(reply, new DomainError(error.code === 'FST_ERR_BAD_URL' ? 'invalid_request' : 'not_found')),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true, allErrors: false } },
  }).withTypeProvider<TypeBoxTypeProvider>()

  base.decorateRequest('appId', '')
  base.removeAllContentTypeParsers()
  base.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (request: FastifyRequest, body: string) => {
      if (!/^application\/json(; ?charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) {
        throw new DomainError('unsupported_media_type')
      }
      return body === '' ? undefined : parseStrictJson(body)
    },
  )
  await base.register(cookie)
  await base.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    crossOriginEmbedderPolicy: false,
  })
  await describeApi(base)

  const sayShortage = createShortages(deps.logger)
  base.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const problem = problemOf(error)
    sayShortage(error)
    if (problem.code === 'internal') request.log.error({ err: error, request_id: request.id }, 'request failed')
    return sendProblem(reply, problem)
  })
  const methodsOf = rememberRoutes(base)
  base.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(request.url)
    const problem = new DomainError(allowed.length === 0 ? 'not_found' : 'method_not_allowed')
    if (allowed.length > 0) reply.header('allow', allowed.join(', '))
    return isOpenedByPerson(request) ? deps.lost(request, reply, statusOf(problem)) : sendProblem(reply, problem)
  })
  base.addHook('onResponse', (request, reply, done) => {
    const answer = {
      route: request.routeOptions.url ?? 'none',
      method: request.method,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    }
    deps.onAnswered(answer)
    request.log.debug({ ...answer, request_id: request.id }, 'answered')
    done()
  })

  const backend: preHandlerAsyncHookHandler = async (request) => {
    request.appId = deps.authenticate(bearerOf(request), request.ip)
  }
  return Object.assign(base, { backend, sayShortage }) as Server
}

/** A browser's address bar or link says that it wants a page; nothing under /v1 is one. */
function isOpenedByPerson({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !/^\/v1(?:\/|$)/.test(url) && /\btext\/html\b/.test(headers.accept ?? '')
}

/** Routes by their shape, so that a wrong method can be told from a wrong address. @returns the methods a path knows */
function rememberRoutes(server: FastifyInstance): (url: string) => string[] {
  const routes: { shape: RegExp; methods: string[] }[] = []
  server.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return
    const shape = new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`)
    routes.push({ shape, methods: [method].flat() })
  })
  return (url) => {
    const [path = ''] = url.split('?')
    return routes.filter(({ shape }) => shape.test(path)).flatMap(({ methods }) => methods)
  }
}

/** @returns the credential of `Authorization: Bearer …` (RFC 6750), if there is one */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,256})$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** Parameters of a route that names one object: what no id can look like is not asked of the database. */
export const idParams = Type.Object({ id: Type.String({ pattern: '^[0-9A-Za-z_-]{1,64}$' }) })

/** Parameters of a route about an Official Account. */
export const accountParams = Type.Object({ appid: Type.String({ pattern: '^wx[0-9a-z]{16}$' }) })

/** 1 to 255 characters of any script; control characters and halves of characters (two of which would be stored alike) are refused, everything else is kept as it is. */
export const externalUserIdSchema = Type.String({
  minLength: 1,
  maxLength: 255,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
  pattern: /^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]*$/u.source,
  description: 'Your own id of the user',
})
