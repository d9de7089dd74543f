import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findNginx } from '../tools/nginx.ts'
import { startVisitors } from './faults/visitors.ts'
import { startWorld, type World } from './faults/world.ts'
import { freePorts } from './process.ts'
import { tellStory } from './story.ts'

/** deploy/nginx.conf as it is, but for names and ports, in front of three real nodes. */
let world: World
let nginx: ChildProcess
let folder: string
let url: string

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  url = `http://127.0.0.1:${port}`
  world = await startWorld({ seed: 1, publicUrl: url })
  folder = mkdtempSync(join(tmpdir(), 'hufu-nginx-'))
  let site = readFileSync(new URL('../deploy/nginx.conf', import.meta.url), 'utf8').replace(
    'listen 80;',
    `listen 127.0.0.1:${port};`,
  )
  world.nodes.forEach((node, at) => {
    site = site.replace(`hufu${at + 1}:8080`, `127.0.0.1:${node.port}`)
  })
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const main = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 1024; } http { access_log off; ${paths.join(' ')} ${site} }`
  writeFileSync(join(folder, 'nginx.conf'), main)
  nginx = spawn(findNginx(), ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' })
  await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), 10_000)
}, 120_000)

afterAll(async () => {
  nginx.kill('SIGQUIT')
  await once(nginx, 'exit')
  await world.close()
  rmSync(folder, { recursive: true })
})

test('a person logs in through it: code, event stream, push, phone, redeem', async () => {
  const demo = {
    base_url: url,
    simulator_url: world.simulator.url,
    api_key: world.apiKey,
    account: { appid: world.appid },
  }
  const story = await tellStory(demo)
  expect(story.seen).toEqual(['waiting', 'scanned', 'confirmed', 'completed'])
  expect(story.redeemed.status).toBe(200)
})

test('what is for the watchers is not for the world, and a visitor’s word about their address is not believed', async () => {
  expect((await fetch(`${url}/metrics`)).status).toBe(404)
  expect((await fetch(`${url}/readyz`)).status).toBe(404)
})

test('nodes are stopped and started in turn, and everybody gets in', async () => {
  const visitors = startVisitors({ ...world, front: { ...world.front, url } }, 6)
  for (const node of world.nodes) {
    await visitors.begun(8)
    expect(await node.process.stop()).toBe(0)
    await node.start()
  }
  await visitors.begun(8)
  const work = await visitors.finish()
  expect(work.failed).toEqual([])
  expect(work.done).toBeGreaterThan(24)
}, 120_000)
