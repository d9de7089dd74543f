import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLine } from '../../../e2e/faults/line.ts'
import { systemClock } from '../src/store/clock.ts'
import { openStore } from '../src/store/store.ts'
import { Secret } from '../src/vault/secret.ts'
import { openVault } from '../src/vault/vault.ts'
import { createDatabase, onDatabase } from './database.ts'
import { type Harness, type NewFlow, startHarness } from './harness.ts'
import { codeOf, eventXml, newOpenid, nowSeconds, openReply, push, textOf, type Wire, wireOf } from './wire.ts'

/** What neighbours on one database do to each other at the same moment. */
let world: Harness
let wire: Wire
let second: Harness

beforeAll(async () => {
  world = await startHarness({ app: { loginAssurance: 'tap' } })
  wire = wireOf(world)
  second = { ...world, base: await world.addNode() }
})
afterAll(() => world.close())

const rounds = 25
const onWorld = (text: string) => onDatabase(world.databaseUrl, text)

function event(openid: string, fields: Record<string, string>, at = nowSeconds(world)): string {
  return eventXml(wire, { openid, at, fields })
}

async function newFollower(): Promise<string> {
  const openid = newOpenid()
  await push(world, wire, event(openid, { Event: 'subscribe', EventKey: '' }, nowSeconds(world) - 5))
  return openid
}

async function scanOf(openid: string, flow: NewFlow): Promise<string> {
  const { scene, ticket } = await codeOf(world, flow.qr.content)
  return event(openid, { Event: 'SCAN', EventKey: scene, Ticket: ticket })
}

const leaving = (openid: string) => event(openid, { Event: 'unsubscribe', EventKey: '' }, nowSeconds(world) + 1)

describe('somebody leaves at one node', () => {
  test('while they scan at another: the flow does not outlive it', async () => {
    for (let round = 0; round < rounds; round++) {
      const [openid, flow] = [await newFollower(), await world.createFlow()]
      const scan = await scanOf(openid, flow)
      const both = [push(world, wire, scan), push(second, wire, leaving(openid))]
      expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200])
      const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
      expect(['waiting', 'cancelled']).toContain(body.state)
    }
  })

  test('while they write at another: it is forgotten', async () => {
    for (let round = 0; round < rounds; round++) {
      const openid = await newFollower()
      const text = eventXml(wire, { openid, at: nowSeconds(world), fields: {} })
        .replace(
          '<![CDATA[event]]></MsgType>',
          '<![CDATA[text]]></MsgType><Content>my number is 1</Content><MsgId>1</MsgId>',
        )
        .replace('<MsgId>1<', `<MsgId>${round + 1}<`)
      await Promise.all([push(world, wire, text), push(second, wire, leaving(openid))])
    }
    expect(await onWorld('SELECT kind FROM inbox WHERE document_sealed IS NOT NULL')).toEqual([])
  })
})

test('a row that somebody holds keeps up only those who need it', async () => {
  const held = await world.createFlow()
  const openid = await newFollower()
  const needs = await scanOf(openid, held)
  const holder = new pg.Client({ connectionString: world.databaseUrl })
  await holder.connect()
  await holder.query(`BEGIN; SELECT 1 FROM flows WHERE id = '${held.id}' FOR UPDATE`)
  const bystanders = Array.from({ length: 20 }, () => event(newOpenid(), { Event: 'subscribe', EventKey: '' }))
  const answers = Promise.all([needs, ...bystanders].map((document) => push(world, wire, document)))
  const calls = Array.from({ length: 12 }, () => world.browser('DELETE', `/v1/flows/${held.id}`, held.secret))
  const other = await world.createFlow()
  const { status } = await world.browser('GET', `/v1/flows/${other.id}`, other.secret)
  expect(status).toBe(200)
  const [stuck, ...rest] = await answers
  expect(stuck?.status).toBe(503)
  expect(new Set(rest.map((answer) => answer.status))).toEqual(new Set([200]))
  await Promise.all(calls)
  await holder.query('ROLLBACK')
  await holder.end()
  expect((await push(world, wire, needs)).status).toBe(200)
}, 20_000)

test('what could not be written for a while is answered as it would have been at once', async () => {
  const flow = await world.createFlow()
  const document = await scanOf(await newFollower(), flow)
  // Numbers of a sequence are not taken back with the transaction.
  await onWorld(`CREATE SEQUENCE tries;
    CREATE FUNCTION full_at_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('tries') < 15 THEN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER full_at_first BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION full_at_first()`)
  const answer = await push(world, wire, document)
  await onWorld('DROP TRIGGER full_at_first ON inbox')
  expect(answer.status).toBe(200)
  expect(textOf(openReply(wire, answer.body))).toContain('/confirm/')
})

test('a column that a newer version adds stops no node of this one', async () => {
  const tables = (await onWorld(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  )) as { name: string }[]
  await push(world, wire, await scanOf(await newFollower(), await world.createFlow()))
  for (const { name } of tables) await onWorld(`ALTER TABLE ${name} ADD COLUMN of_a_newer_version INTEGER`)
  const flow = await world.createFlow()
  expect((await push(world, wire, await scanOf(await newFollower(), flow))).status).toBe(200)
  expect((await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body.state).toBe('scanned')
})

test('a node that cannot listen any more still learns of what happens elsewhere', async () => {
  const flow = await world.createFlow()
  const document = await scanOf(await newFollower(), flow)
  const page = world.browser('GET', `/v1/flows/${flow.id}?wait=20&seen=waiting:scan`, flow.secret)
  const name = new URL(world.databaseUrl ?? '').pathname.slice(1)
  const elsewhere = (text: string) => onDatabase(world.databaseUrl?.replace(name, 'postgres'), text)
  await elsewhere(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
  await elsewhere(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hufu listen' AND datname = '${name}'`,
  )
  const pushed = await push(second, wire, document)
  // Not by its own patience: that would be a page that says `waiting`.
  const { body } = await page
  await elsewhere(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  expect(pushed.status).toBe(200)
  expect(body.state).toBe('scanned')
}, 30_000)

test('nodes that start at once on an empty database have one set of keys', async () => {
  const database = await createDatabase()
  const url = database.config.databaseUrl?.reveal()
  const key = new Secret(randomBytes(32).toString('base64url'))
  const clock = systemClock()
  const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ databaseUrl: url, sqlitePath: '' })))
  const vaults = await Promise.all(stores.map((store) => openVault({ store, clock, key })))
  expect(new Set(vaults.map((vault) => vault.index('wechat wx1', 'somebody')))).toHaveLength(1)
  const [sealed] = vaults.map((vault) => vault.seal('a.b', 'secret'))
  for (const vault of vaults) expect(vault.open('a.b', sealed ?? new Uint8Array())).toBe('secret')
  await Promise.all(stores.map((store) => store.close()))
  await database.drop()
})

test('who waits at a node whose commit was not answered hears of it', async () => {
  const database = await createDatabase()
  const url = new URL(database.config.databaseUrl?.reveal() ?? '')
  const line = await startLine(Number(url.port))
  url.port = String(line.port)
  const store = await openStore({ databaseUrl: url.href, sqlitePath: '' })
  const told = new Promise<string[]>((resolve) => {
    store.listen({ changed: (names) => resolve([...names]), lost() {} })
  })
  line.set('drop-commit')
  const write = store.write(async (tx) => {
    store.changed(tx, ['fl_somebody'])
    await tx.insertInto('switches').values({ name: 'a', since: 1 }).execute()
  })
  await expect(write).rejects.toThrow('while the transaction was being committed')
  expect(await told).toEqual(['l_somebody'])
  line.set('pass')
  await store.close()
  await line.close()
  await database.drop()
})
