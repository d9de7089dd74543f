/** The command, as a shell runs it. */
import { type SpawnOptionsWithStdioTuple, type StdioNull, type StdioPipe, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { loadConfig } from '../config.ts'

const bin = fileURLToPath(new URL('../../bin/hufu.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hufu-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** @param limit of the shell that it is started from, such as `ulimit -f 64` */
function hufu(args: string[], cwd: string, settings: Record<string, string> = {}, limit?: string) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HUFU_|NODE_)/.test(name))
  const env = { ...Object.fromEntries(inherited), ...settings }
  const options: SpawnOptionsWithStdioTuple<StdioNull, StdioPipe, StdioPipe> = {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }
  const command = [process.execPath, bin, ...args] as const
  if (limit) return spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...command], options)
  return spawn(command[0], command.slice(1), options)
}

async function run(
  args: string[],
  cwd: string,
  settings = {},
  limit?: string,
): Promise<{ status: number; said: string }> {
  const child = hufu(args, cwd, settings, limit)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const [status] = await once(child, 'close')
  return { status, said }
}

test.each(['account list', 'account check', 'account set wx0000000000000001 --name x', 'app list', 'app key app_x'])(
  'hufu %s where nothing is says where it looked, and leaves nothing behind',
  async (line) => {
    const empty = mkdtempSync(join(folder, 'empty-'))
    const { status, said } = await run(line.split(' '), empty)
    expect(said).toMatch(/^There is no Hufu here: .*\/data\/hufu\.sqlite does not exist\./)
    expect(said).toContain('HUFU_DATA_DIR')
    expect(status).toBe(1)
    expect(readdirSync(empty)).toEqual([])
  },
)

test('hufu app add begins an installation, and hufu app list then finds it', async () => {
  const fresh = mkdtempSync(join(folder, 'fresh-'))
  const added = await run(['app', 'add', '--name', 'Tea', '--origin', 'https://tea.example.com'], fresh)
  expect(added).toMatchObject({ status: 0, said: expect.stringContaining('hk_') })
  expect(readdirSync(fresh).sort()).toEqual(['data', 'hufu.key'])
  expect(await run(['app', 'list'], fresh)).toMatchObject({ status: 0, said: expect.stringContaining('Tea') })
  const refused = await run(
    ['app', 'add', '--name', 'T', '--origin', 'https://t.example.com', '--link-url', 'x'],
    fresh,
  )
  expect(refused).toMatchObject({ status: 1, said: expect.stringContaining('A link URL is a whole http(s) address') })
})

test('what cannot be changed of an account is refused, not ignored', async () => {
  const line = 'account set wx0000000000000001 --name x --kind test'
  const { status, said } = await run(line.split(' '), folder)
  expect(said).toMatch(/^--kind is said once/)
  expect(status).toBe(2)
})

test('account set refuses what could never be served, and makes the key that a safer mode needs', async () => {
  const cwd = mkdtempSync(join(folder, 'set-'))
  const appid = 'wxsim0000000000001'
  const settings = { HUFU_DATA_DIR: join(cwd, 'data'), HUFU_SECRET_KEY_FILE: join(cwd, 'hufu.key') }
  const app = await createApp(loadConfig({ ...settings, HUFU_LOG_LEVEL: 'silent' }), { accounts: 'all' })
  await app.accounts.add({
    appid,
    originalId: 'gh_000000000001',
    name: 'Tea',
    kind: 'service',
    verified: true,
    simulated: true,
    mode: 'plaintext',
    secret: 's'.repeat(32),
    token: 't'.repeat(24),
  })
  await app.close()
  // Nothing listens there: the check that follows a change fails at once, and the change stands.
  const set = (...args: string[]) =>
    run(['account', 'set', appid, ...args], cwd, { ...settings, HUFU_SIMULATOR_URL: 'http://127.0.0.1:9' })

  const refused = await set('--token', 'a b')
  expect(refused).toMatchObject({ status: 1, said: 'The callback token has 16 to 32 letters or digits.\n' })
  expect((await set('--mode', 'safe')).said).toMatch(/mode, encodingAesKey[\s\S]*EncodingAESKey [0-9A-Za-z]{43}\n/)
  expect((await run(['account', 'list'], cwd, settings)).said).toMatch(/wxsim0000000000001 +Tea +simulated +safe/)
})

test('account verify-file keeps the file of WeChat’s console, and nothing else', async () => {
  const cwd = mkdtempSync(join(folder, 'verify-'))
  const appid = 'wxsim0000000000001'
  const settings = { HUFU_DATA_DIR: join(cwd, 'data'), HUFU_SECRET_KEY_FILE: join(cwd, 'hufu.key') }
  const app = await createApp(loadConfig({ ...settings, HUFU_LOG_LEVEL: 'silent' }), { accounts: 'all' })
  await app.accounts.add({
    appid,
    originalId: 'gh_000000000001',
    name: 'Tea',
    kind: 'subscription',
    verified: false,
    simulated: true,
    mode: 'plaintext',
    secret: 's'.repeat(32),
    token: 't'.repeat(24),
  })
  await app.close()
  expect((await run(['account', 'list'], cwd, settings)).said).toMatch(/Tea +simulated +plaintext +chat code/)
  const file = 'MP_verify_AbCd0123456789Ef.txt'
  writeFileSync(join(cwd, file), 'AbCd0123456789Ef')
  writeFileSync(join(cwd, 'other.txt'), 'AbCd0123456789Ef')
  const kept = await run(['account', 'verify-file', appid, file], cwd, settings)
  expect(kept).toMatchObject({ status: 0, said: expect.stringContaining(`/${file} is served`) })
  const refused = await run(['account', 'verify-file', appid, 'other.txt'], cwd, settings)
  expect(refused).toMatchObject({ status: 1, said: expect.stringContaining('MP_verify_') })
})

test('a signal to the command stops its server in order', async () => {
  const settings = { HUFU_PORT: '0', HUFU_PLAYGROUND: 'off', HUFU_LOG_LEVEL: 'silent' }
  const command = hufu(['start'], mkdtempSync(join(folder, 'served-')), settings)
  const closed = once(command, 'close')
  const [line] = await once(createInterface({ input: command.stdout }), 'line')
  const url = /http:\S+/.exec(line)?.[0] ?? ''
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  command.kill('SIGTERM')
  // Its pipes close only when the last process that holds them is gone: the server too.
  expect(await closed).toEqual([0, null])
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
})

test('hufu backup, restore and outbox: a copy is put back with dispatch paused, and goes on when told to', async () => {
  const place = mkdtempSync(join(folder, 'backup-'))
  await run(['app', 'add', '--name', 'Kept', '--origin', 'https://tea.example.com'], place)
  expect(await run(['backup', 'copy.sqlite'], place)).toMatchObject({
    status: 0,
    said: expect.stringContaining('checked'),
  })
  expect(await run(['backup', 'copy.sqlite'], place)).toMatchObject({
    status: 1,
    said: expect.stringContaining('exists'),
  })
  await run(['app', 'add', '--name', 'Later', '--origin', 'https://tea.example.com'], place)
  expect(await run(['restore', 'copy.sqlite'], place)).toMatchObject({
    status: 0,
    said: expect.stringContaining('before-'),
  })
  expect((await run(['app', 'list'], place)).said).not.toContain('Later')
  expect((await run(['outbox', 'status'], place)).said).toContain('Dispatch is paused')
  expect(await run(['outbox', 'resume'], place)).toMatchObject({ status: 0 })
  expect((await run(['outbox', 'status'], place)).said).toContain('Dispatch is on')
})

test('hufu outbox status shows which account may not send, and resume wants one that there is', async () => {
  const place = mkdtempSync(join(folder, 'pauses-'))
  await run(['app', 'add', '--name', 'Tea', '--origin', 'https://tea.example.com'], place)
  expect((await run(['outbox', 'status'], place)).said).not.toContain('do not send')
  const database = new DatabaseSync(join(place, 'data', 'hufu.sqlite'))
  const until = Date.now() + 3_600_000
  database
    .prepare(`INSERT INTO sending_pauses (appid, via, until, reason) VALUES (?, 'template', ?, 'quota_day')`)
    .run('wx0000000000000001', until)
  database.close()
  const { said } = await run(['outbox', 'status'], place)
  expect(said).toContain('These accounts do not send now')
  expect(said).toMatch(new RegExp(`wx0000000000000001 +template +quota_day +${new Date(until).toISOString()}`))
  expect(await run(['outbox', 'resume', 'wx0000000000000009'], place)).toMatchObject({ status: 1 })
  expect(await run(['outbox', 'pause', 'wx0000000000000001'], place)).toMatchObject({ status: 2 })
})

test('a restore that fails changes nothing: the wrong key, no key, a disk that ends', async () => {
  const place = mkdtempSync(join(folder, 'unrestored-'))
  await run(['app', 'add', '--name', 'Kept', '--origin', 'https://tea.example.com'], place)
  await run(['backup', 'copy.sqlite'], place)
  await run(['app', 'add', '--name', 'Later', '--origin', 'https://tea.example.com'], place)
  writeFileSync(join(place, 'other.key'), randomBytes(32).toString('base64url'))
  const files = () => readdirSync(join(place, 'data')).filter((name) => name.startsWith('hufu.sqlite'))
  const was = files()
  const restore = ['restore', 'copy.sqlite']
  const refusals = [
    await run(restore, place, { HUFU_SECRET_KEY_FILE: 'other.key' }),
    await run(restore, place, { HUFU_SECRET_KEY_FILE: 'no.key' }),
    await run(restore, place, {}, 'ulimit -f 64'),
  ]
  expect(refusals.map(({ status }) => status)).toEqual([1, 1, 1])
  expect(refusals.map(({ said }) => said)).toEqual([
    expect.stringMatching(/^The key does not fit/),
    expect.stringMatching(/^The key file .*no\.key is not there/),
    expect.stringMatching(/^\S+copy\.sqlite cannot be copied to /),
  ])
  expect(files()).toEqual(was)
  expect((await run(['app', 'list'], place)).said).toContain('Later')
})

test('hufu migrate says how it is written, and what it cannot reach', async () => {
  const empty = mkdtempSync(join(folder, 'migrate-'))
  expect(await run(['migrate'], empty)).toMatchObject({ status: 2, said: expect.stringContaining('--from sqlite:') })
  const args = ['migrate', '--from', 'sqlite:nothing.sqlite', '--to', 'postgres://127.0.0.1:1/x']
  expect(await run(args, empty)).toMatchObject({ status: 1, said: expect.stringContaining('does not exist') })
})

test('hufu migrate without --to goes to the database of the configuration, whose password then stands on no command line', async () => {
  const empty = mkdtempSync(join(folder, 'migrate-'))
  const args = ['migrate', '--from', 'sqlite:nothing.sqlite']
  expect(await run(args, empty)).toMatchObject({
    status: 2,
    said: expect.stringMatching(/^HUFU_DATABASE_URL is not set/),
  })
  writeFileSync(join(empty, '.env'), 'HUFU_DATABASE_URL=postgres://hufu:pw@127.0.0.1:1/x')
  expect(await run(args, empty)).toMatchObject({ status: 1, said: expect.stringContaining('does not exist') })
})

test('with PostgreSQL, hufu backup prints commands that name the database and not its password', async () => {
  const place = mkdtempSync(join(folder, 'pg-dump-'))
  const url = 'postgres://hufu:p%40ss@db.internal:6432/shop%20one?sslmode=verify-full&sslrootcert=ca.pem'
  writeFileSync(join(place, 'ca.pem'), '')
  writeFileSync(join(place, '.env'), `HUFU_DATABASE_URL=${url}`)
  const { status, said } = await run(['backup', 'hufu.dump'], place)
  const to = `--host=db.internal --port=6432 --username=hufu --dbname='shop one'`
  expect(status).toBe(0)
  expect(said).toContain(
    `  PGSSLMODE=verify-full PGSSLROOTCERT=ca.pem pg_dump ${to} --format=custom --file=hufu.dump\n`,
  )
  expect(said).toContain(`  PGSSLMODE=verify-full PGSSLROOTCERT=ca.pem pg_restore ${to} --no-owner hufu.dump\n`)
  expect(said).toContain('PGPASSFILE')
  expect(said).not.toMatch(/p%40ss|p@ss|\$HUFU/)
})
