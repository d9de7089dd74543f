import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startVisitors } from './faults/visitors.ts'
import { startWorld, type World } from './faults/world.ts'
import { type Nginx, startNginx } from './nginx.ts'
import { freePorts } from './process.ts'
import { tellStory } from './story.ts'

describe('in front of three nodes', () => {
  let world: World
  let nginx: Nginx
  let url: string

  beforeAll(async () => {
    const [port = 0] = await freePorts(1)
    url = `http://127.0.0.1:${port}`
    world = await startWorld({ seed: 1, publicUrl: url })
    nginx = startNginx(
      port,
      world.nodes.map((node) => node.port),
    )
    await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), 10_000)
  }, 120_000)

  afterAll(async () => {
    await nginx.close()
    await world.close()
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
})

describe('in front of three that misbehave', () => {
  let nodes: Server[]
  let nginx: Nginx
  let url: string
  /** Requests that reached a node. */
  let taken: string[] = []

  beforeAll(async () => {
    const [port = 0, ...ports] = await freePorts(4)
    url = `http://127.0.0.1:${port}`
    nodes = ports.map((port) =>
      createServer((request, response) => {
        taken.push(`${request.method} ${request.url}`)
        if (request.url?.endsWith('/busy')) response.writeHead(503, { 'retry-after': '1' }).end()
        else if (request.url?.endsWith('/breaks')) setTimeout(() => request.socket.destroy(), 20)
        else response.end('ok')
      }).listen(port, '127.0.0.1'),
    )
    nginx = startNginx(port, ports)
    await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), 10_000)
  })

  afterAll(async () => {
    await nginx.close()
    for (const node of nodes) node.close().closeAllConnections()
  })

  async function ask(path: string, method = 'GET'): Promise<number> {
    return (await fetch(url + path, { method, ...(method === 'POST' && { body: 'x' }) })).status
  }

  async function everybodyGetsIn(): Promise<void> {
    for (let page = 0; page < 6; page++) {
      expect(await ask('/')).toBe(200)
      expect(await ask('/oauth/wechat/wx1?code=x')).toBe(200)
      expect(await ask('/wechat/key', 'POST')).toBe(200)
    }
  }

  test('a push answered 503 is not put upon the next node, and however many there are, the site stays', async () => {
    for (let push = 0; push < 9; push++) {
      taken = []
      expect(await ask('/wechat/busy', 'POST')).toBe(503)
      expect(taken).toEqual(['POST /wechat/busy'])
      await everybodyGetsIn()
    }
  })

  test('a call that every node breaks off takes nothing away but itself', async () => {
    for (let call = 0; call < 3; call++) {
      expect(await ask('/v1/flows/breaks')).toBe(502)
      await everybodyGetsIn()
      expect(await ask('/wechat/breaks', 'POST')).toBe(502)
      await everybodyGetsIn()
    }
  })

  test.each([
    ['GET', '/oauth/wechat/breaks'],
    ['POST', '/v1/flows/breaks'],
    ['POST', '/confirm/breaks'],
  ])('%s %s, which a node took and broke off, is not done again', async (method, path) => {
    for (let call = 0; call < 4; call++) {
      taken = []
      expect(await ask(path, method)).toBe(502)
      expect(taken).toEqual([`${method} ${path}`])
      await everybodyGetsIn()
    }
  })

  test('what one node refuses is asked of another, whatever it is', async () => {
    nodes[0]?.close().closeAllConnections()
    for (let call = 0; call < 9; call++) {
      await everybodyGetsIn()
      expect(await ask('/v1/flows', 'POST')).toBe(200)
    }
  })
})
