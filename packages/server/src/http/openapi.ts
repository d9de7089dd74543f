import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { type TSchema, Type } from 'typebox'

const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; decide by it' }),
    detail: Type.Optional(Type.String({ description: 'What to do' })),
    request_id: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
    ways: Type.Optional(
      Type.Array(
        Type.Object({
          way: Type.String(),
          account: Type.Optional(Type.String()),
          reason: Type.String(),
          advice: Type.Optional(Type.String()),
        }),
        { description: 'With `user_unreachable`: why each of the ways is not open' },
      ),
    ),
    tries_left: Type.Optional(Type.Integer()),
    needs: Type.Optional(
      Type.String({ description: 'With `credential_proof_required`: `consent`, `password` or `support`' }),
    ),
  },
  { 'x-name': 'Problem', description: 'A problem document (RFC 9457)' },
)
const refusal = { description: 'Refused', content: { 'application/problem+json': { schema: Problem } } }

type Named = Record<string, unknown> & { 'x-name'?: string }
interface Described {
  paths?: Record<
    string,
    Record<string, { responses?: Record<string, { content?: Record<string, { schema?: Named }> }> }>
  >
  components?: { schemas?: Record<string, object> }
}

/** What a schema at the top of an answer is called: `$id` itself does not come through. */
function named(responses: Record<string, TSchema & { $id?: string }> = {}): object {
  const entries = Object.entries(responses)
  return Object.fromEntries(
    entries.map(([status, schema]) => [status, schema.$id ? { ...schema, 'x-name': schema.$id } : schema]),
  )
}

/** Every answer that has a name is a component of that name, and not spelt out at each route. */
function lift(document: Described): void {
  const schemas: Record<string, object> = { ...document.components?.schemas }
  const medias = Object.values(document.paths ?? {})
    .flatMap((path) => Object.values(path))
    .flatMap(({ responses }) => Object.values(responses ?? {}))
    .flatMap(({ content }) => Object.values(content ?? {}))
  for (const media of medias) {
    const { 'x-name': name, ...schema } = media.schema ?? {}
    if (name === undefined) continue
    schemas[name] ??= schema
    const isSame = JSON.stringify(schemas[name]) === JSON.stringify(schema)
    media.schema = isSame ? { $ref: `#/components/schemas/${name}` } : schema
  }
  document.components = { ...document.components, schemas }
}

/** OpenAPI 3.1, made from the routes' own schemas; readable at /docs. */
export async function describeApi(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Hufu',
        version: '1',
        description:
          'Joins website accounts with WeChat followers. Errors are problem documents (RFC 9457) with a stable `code`; see docs/errors in the repository.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An app’s API key (`hk_…`): the site’s backend' },
          browserSecret: {
            type: 'http',
            scheme: 'bearer',
            description: 'The secret of one flow (`bs_…`): the browser that shows the QR code',
          },
        },
      },
    },
    transform: ({ schema, url }) => ({
      url,
      schema: schema.hide
        ? schema
        : {
            ...schema,
            response: { ...named(schema.response as Parameters<typeof named>[0]), '4XX': refusal, '5XX': refusal },
          },
    }),
    transformObject(document) {
      if (!('openapiObject' in document)) return document.swaggerObject
      lift(document.openapiObject as Described)
      return document.openapiObject
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, position) => String(json.$id ?? `def-${position}`) },
  })
  server.get('/v1/openapi.json', { schema: { hide: true } }, async () => server.swagger())
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, transformStaticCSP: (header) => header })
}
