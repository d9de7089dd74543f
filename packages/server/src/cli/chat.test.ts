/** The commands about what an account answers and offers, as a shell runs them. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { loadConfig } from '../config.ts'

const bin = fileURLToPath(new URL('../../bin/hufu.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hufu-chat-'))
const appid = 'wx0123456789abcdef'
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(async () => {
  const app = await createApp(
    loadConfig({
      HUFU_DATA_DIR: join(folder, 'data'),
      HUFU_SECRET_KEY_FILE: join(folder, 'hufu.key'),
      HUFU_LOG_LEVEL: 'silent',
    }),
  )
  await app.accounts.add({
    appid,
    originalId: 'gh_0123456789ab',
    name: 'Tea',
    kind: 'service',
    verified: true,
    mode: 'plaintext',
    secret: 'x'.repeat(32),
    token: 'x'.repeat(16),
  })
  await app.close()
})

function hufu(...args: string[]): Promise<{ status: number; said: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HUFU_|NODE_)/.test(name))
  const settings = { HUFU_DATA_DIR: join(folder, 'data'), HUFU_SECRET_KEY_FILE: join(folder, 'hufu.key') }
  const env = { ...Object.fromEntries(inherited), ...settings }
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), said: stdout + stderr }),
    )
  })
}

test('hufu reply adds, lists and removes rules, and says what a rule cannot be', async () => {
  const added = await hufu('reply', 'add', appid, '--contains', '订单', '--contains', 'order', '--text', '请看网站')
  const id = /rr_[a-z2-7]{26}/.exec(added.said)?.[0] ?? ''
  expect(added).toMatchObject({ status: 0, said: expect.stringContaining('is added') })
  expect(await hufu('reply', 'welcome', appid, '--text', '您好 {link}')).toMatchObject({ status: 0 })
  const { said } = await hufu('reply', 'list', appid)
  expect(said).toMatch(/^welcome {2}您好 \{link\}\n/)
  expect(said).toMatch(new RegExp(`${id} +contains +0 +订单 \\| order +请看网站`))
  expect(await hufu('reply', 'remove', appid, id)).toMatchObject({ status: 0 })
  expect((await hufu('reply', 'list', appid)).said).toContain('No reply rule yet')
  expect(await hufu('reply', 'add', appid, '--any', '--click', 'A', '--text', 'x')).toMatchObject({ status: 2 })
  expect(await hufu('reply', 'add', appid, '--keyword', ' ', '--text', 'x')).toMatchObject({
    status: 1,
    said: expect.stringContaining('A keyword has'),
  })
})

test('hufu menu keeps a draft, and says where it breaks a limit', async () => {
  const file = join(folder, 'menu.json')
  writeFileSync(file, JSON.stringify({ button: [{ name: '查询订单', type: 'click', key: 'ORDER' }] }))
  expect(await hufu('menu', 'set', appid, file)).toMatchObject({ status: 0, said: expect.stringContaining('draft') })
  expect((await hufu('menu', 'show', appid)).said).toMatch(/"key": "ORDER".*Not published\./s)
  writeFileSync(file, JSON.stringify({ button: [{ name: '查询我的订单', type: 'click', key: 'ORDER' }] }))
  expect(await hufu('menu', 'set', appid, file)).toMatchObject({
    status: 1,
    said: expect.stringContaining('button.0.name must be a text of 1 to 16 bytes'),
  })
  writeFileSync(file, '{')
  expect(await hufu('menu', 'set', appid, file)).toMatchObject({ status: 2 })
  expect(await hufu('menu', 'publish')).toMatchObject({ status: 2 })
})
