import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'

interface Schema {
  $ref?: string
  enum?: string[]
  properties?: Record<string, Schema>
}
interface Described {
  components: { schemas: Record<string, Schema> }
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>>
}

let world: Harness
let document: Described

beforeAll(async () => {
  world = await startHarness()
  document = (await world.api<Described>('GET', '/v1/openapi.json')).body
})
afterAll(() => world.close())

test('what messages, lists and codes are answered with has a name', () => {
  const answer = (path: string, method: string, status: string, type = 'application/json') =>
    document.paths[path]?.[method]?.responses[status]?.content?.[type]?.schema
  const named = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  expect(answer('/v1/messages', 'post', '202')).toEqual(named('Message'))
  expect(answer('/v1/messages/{id}', 'get', '200')).toEqual(named('Message'))
  expect(answer('/v1/messages/batch/{id}', 'get', '200')).toEqual(named('Batch'))
  expect(answer('/v1/codes', 'post', '202')).toEqual(named('Code'))
  expect(answer('/v1/codes', 'post', '4XX', 'application/problem+json')).toEqual(named('Problem'))
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Message', 'Batch', 'Code', 'Problem']),
  )
  expect(JSON.stringify(document)).not.toContain('x-name')
})

test('states, ways and reasons are lists of words', () => {
  const { Message, Batch } = document.components.schemas
  const words = (schema: Schema | undefined, name: string) => schema?.properties?.[name]?.enum
  expect(words(Message, 'state')).toContain('suppressed')
  expect(words(Message, 'via')).toContain('passive')
  expect(words(Message, 'reason')).toContain('reply_window_over')
  expect(words(Batch, 'state')).toEqual(['running', 'paused', 'cancelled', 'finished'])
})
