import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backUp } from '../src/store/backup.ts'
import { type Company, startCompany } from './companies.ts'
import { onDatabase } from './database.ts'
import type { Page } from './harness.ts'
import { openSites, type Planted, plant, type Sites } from './planting.ts'
import { newVisitor, register, scanned } from './registering.ts'
import { type Dumped, dump, searchFor } from './searching.ts'

/** The drill of security.md R24: `ERASED=1000 npx vitest run --project sqlite packages/server/test/erase-drill.test.ts`, and on postgres. */
const many = Number(process.env.ERASED ?? 50)
const erasedAtOnce = 12
/** Planting is a dozen passwords and thirty pushes for each of them: more at once wait longer than WeChat does. */
const plantedAtOnce = 4
const minutes = 60_000

let company: Company
let world: Company['world']
let sites: Sites
let log = ''
beforeAll(async () => {
  const logTo = {
    write(line: string) {
      log += line
    },
  }
  company = await startCompany(2, { scopes: ['conflicts'] }, logTo)
  world = company.world
  sites = await openSites(company)
})
afterAll(() => world.close())

async function plantAll(marks: string[]): Promise<Planted[]> {
  const planted: Planted[] = []
  for (let n = 0; n < marks.length; n += plantedAtOnce) {
    planted.push(...(await plant(company, sites, marks.slice(n, n + plantedAtOnce))))
    await world.app.housekeep()
  }
  return planted
}

/** Some by the person on their own page, some by hand of all their sites, the rest by what that page does. */
async function erase(who: Planted, n: number): Promise<void> {
  if (n % erasedAtOnce === 0) {
    const button = { name: 'do', value: 'erase' }
    await world.sim('POST', `/people/${who.person}/open`, { url: `${world.base}/me` })
    const asked: Page = await world.sim('POST', `/people/${who.person}/open`, { url: `${world.base}/me/ask?do=erase` })
    if (asked.forms.length === 0) throw new Error(`not asked: ${asked.status} ${asked.text}`)
    const page: Page = await world.sim('POST', `/people/${who.person}/submit`, { button, fields: {} })
    if (page.status !== 200) throw new Error(`not erased: ${page.status} ${page.text}`)
  } else {
    if (n % 3 === 0) {
      const { status } = await world.api('DELETE', `/v1/users/${who.ids.shop}`)
      expect(status).toBe(204)
    }
    await world.app.me.erase(who.userId)
  }
}

/** Others come, register, write and are answered, until it is over. @returns how many */
async function others(isOver: () => boolean): Promise<number> {
  let came = 0
  async function one(): Promise<void> {
    while (!isOver()) {
      const visitor = await newVisitor(world)
      await company.enter(visitor.person, company.accounts[0] ?? '')
      await world.sim('POST', `/people/${visitor.person}/say`, { account: world.account.appid, text: '查询订单' })
      const flow = await scanned(world, await newVisitor(world), sites.club)
      await register(world, flow, { email: `other-${came}@mail.example`, password: 'correct horse' })
      came += 1
    }
  }
  await Promise.all([one(), one(), one(), one()])
  return came
}

const bytes = (texts: Iterable<string>) =>
  [...new Set(texts)].filter(Boolean).map((text) => Buffer.from(text, 'latin1'))

/** Which traces are in which rows: for the message of a failure. */
function hits(rows: Dumped[], traces: Record<string, string>): string[] {
  return rows.flatMap(({ table, text }) =>
    Object.entries(traces).flatMap(([what, trace]) => (text.includes(trace) ? [`${table}: ${what}`] : [])),
  )
}

/** Server and test are one process: whoever looks for seconds on end keeps the server from its sockets. */
async function inLots(rows: Dumped[], look: (row: Dumped) => void): Promise<void> {
  for (const [n, row] of rows.entries()) {
    if (n % 200 === 0) await setImmediate()
    look(row)
  }
}

test('who is erased while the others go on is in no table, under no seal, in no index, file, backup, log or feed [R24, T56]', {
  timeout: 5 * minutes + many * 4_000,
}, async () => {
  const [stays] = await plantAll(['stay-1-x'])
  if (!stays) throw new Error('nobody stays')
  const began = performance.now()
  const gone = await plantAll(Array.from({ length: many }, (_, n) => `gone-${n}-x`))
  const planted = performance.now()
  const before = await dump(world)
  // What is looked for can be found: whoever stays shows it, and so did each of the others.
  for (const who of [stays, ...gone.slice(0, 3)])
    for (const [what, trace] of Object.entries(who.traces))
      expect(hits(before, { [what]: trace }), what).not.toEqual([])
  const tables = [
    ...new Set(
      gone
        .slice(0, 3)
        .flatMap((who) => hits(before, who.traces))
        .map((hit) => hit.split(':')[0]),
    ),
  ]
  // The ten who come again are known again by their WeChat; by nothing else.
  const back = gone.slice(0, 10)
  const needles = bytes([...gone.slice(10).flatMap(({ traces }) => Object.values(traces)), 'gone-'])
  const find = searchFor(needles)
  const theirs: Dumped[] = []
  await inLots(before, (row) => {
    if (find(row.text).length > 0) theirs.push(row)
  })
  const sealed = theirs.flatMap((row) => row.sealed)
  const names = new Map([
    ...theirs.flatMap(({ table, sealed }) =>
      sealed.map((bytes) => [bytes.toString('latin1'), `${table}: sealed`] as const),
    ),
    ...gone.flatMap(({ traces }) => Object.entries(traces).map(([what, trace]) => [trace, what] as const)),
  ])

  let isOver = false
  let came = 0
  const load = others(() => isOver)
  const erasing = performance.now()
  try {
    for (let n = 0; n < gone.length; n += erasedAtOnce) {
      await Promise.all([
        ...gone.slice(n, n + erasedAtOnce).map((who, m) => erase(who, n + m)),
        ...(n === 0 ? back : []).map(async ({ person }) => {
          const flow = await world.createFlow()
          await world.scan(person, flow.qr.content)
        }),
      ])
    }
  } finally {
    isOver = true
    came = await load
  }
  const erased = performance.now()
  // What the jobs do. Whoever still follows would be a follower again by a comparison with WeChat, as documented: that is a job of the night.
  await world.app.housekeep()
  await world.app.store.fold()

  const after = await dump(world)
  const left: string[] = []
  await inLots(after, ({ table, text }) => {
    for (const needle of find(text)) left.push(`${table}: ${needle.toString('latin1')}`)
  })
  const feeds = await Promise.all(
    Object.values(sites).map((key) => world.api<object>('GET', '/v1/events?limit=1000', undefined, { key })),
  )
  const metrics = await (await fetch(`${world.base}/metrics`)).text()
  const figures = {
    engine: world.app.store.engine,
    erased: gone.length,
    back: back.length,
    others: came,
    tables: tables.length,
    traces: needles.length,
    sealed: sealed.length,
    rows: after.length,
    'dump hits': left.length,
    'log bytes': log.length,
    'log hits': find(log).length,
    'feed hits': find(JSON.stringify(feeds)).length,
    'metrics hits': find(metrics).length,
    ...(await searchFiles(searchFor([...needles, ...sealed]), names)),
    'planting ms each': Math.round((planted - began) / gone.length),
    'erasing ms each': Math.round((erased - erasing) / gone.length),
  }
  process.stdout.write(`erase drill: ${JSON.stringify(figures)}\n`)
  expect(left.slice(0, 50)).toEqual([])
  expect(Object.entries(figures).filter(([what, count]) => what.endsWith('hits') && count !== 0)).toEqual([])
  // Nobody else lost anything.
  for (const [what, trace] of Object.entries(stays.traces)) expect(hits(after, { [what]: trace }), what).not.toEqual([])
  expect((await world.api('GET', `/v1/users/${stays.ids.shop}`)).status).toBe(200)
})

/** What stands on the disk, in pages that no query reads any more, too. */
async function searchFiles(
  find: ReturnType<typeof searchFor>,
  names: Map<string, string>,
): Promise<Record<string, number | string>> {
  if (world.app.store.engine === 'sqlite') {
    const files = readdirSync(world.dataDir).filter((name) => name.startsWith('hufu.sqlite'))
    const found = files.flatMap((name) => find(readFileSync(join(world.dataDir, name))))
    const copy = join(world.dataDir, 'copy.sqlite')
    await backUp(join(world.dataDir, 'hufu.sqlite'), copy, () => {})
    const inCopy = find(readFileSync(copy))
    const whole = new DatabaseSync(copy)
    whole.exec('VACUUM')
    whole.close()
    return {
      file: found.length,
      backup: inCopy.length,
      // SQLite overwrites what it frees, but not the copy that a row leaves behind in its page when it moves to another: only a VACUUM ends that.
      'vacuumed hits': find(readFileSync(copy)).length,
      found: found.map((bytes) => names.get(bytes.toString('latin1')) ?? '').join(', '),
    }
  }
  const run = (text: string) => onDatabase(world.databaseUrl, text) as Promise<Record<string, string>[]>
  async function inFiles(): Promise<number> {
    await run('CHECKPOINT')
    const [folder] = await run('SHOW data_directory')
    const paths = await run(
      `SELECT pg_relation_filepath(oid) AS path FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
       UNION ALL SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND reltoastrelid <> 0`,
    )
    const seen = new Set<Buffer>()
    for (const { path = '' } of paths)
      for (const needle of find(readFileSync(join(folder?.data_directory ?? '', path)))) seen.add(needle)
    return seen.size
  }
  const counts = { dead: await inFiles(), vacuumed: 0, 'rewritten hits': 0 }
  await run('VACUUM')
  counts.vacuumed = await inFiles()
  await run('VACUUM FULL')
  counts['rewritten hits'] = await inFiles()
  return counts
}
