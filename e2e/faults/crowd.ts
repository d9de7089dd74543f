import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Report } from './trial.ts'
import type { Visitors } from './visitors.ts'
import type { World } from './world.ts'

/** Pages that only wait, readers that never read, and senders that never finish: everybody else gets in as before. */
export async function crowd(
  world: World,
  visitors: Visitors,
  figures: Report['figures'],
  count: number,
): Promise<void> {
  const sockets: Socket[] = []
  const before = memoryMiB(world)
  const flows = await Promise.all(Array.from({ length: 10 }, () => makeFlow(world)))
  function open(port: number, text: string, reads: boolean): void {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('error', () => {})
    if (reads) socket.resume()
    else socket.pause()
    sockets.push(socket)
  }
  for (let number = 0; number < count; number++) {
    const { port } = world.nodes[number % world.nodes.length] ?? { port: 0 }
    const flow = flows[number % flows.length]
    const head = `Host: x\r\nAuthorization: Bearer ${flow?.secret}\r\n`
    if (number % 3 === 0) open(port, `GET /v1/flows/${flow?.id}/events HTTP/1.1\r\n${head}\r\n`, true)
    else if (number % 3 === 1) open(port, `GET /v1/flows/${flow?.id} HTTP/1.1\r\n${head}\r\n`.repeat(20), false)
    else open(port, `POST /v1/flows HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{`, false)
  }
  await visitors.begun(40)
  figures.connections = count
  figures['memory grew, MiB a node'] = Math.round((memoryMiB(world) - before) / world.nodes.length)
  for (const socket of sockets) socket.destroy()
}

async function makeFlow(world: World): Promise<{ id: string; secret: string }> {
  const response = await fetch(`${world.nodes[0]?.url}/v1/flows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'login', expires_in: 1800 }),
  })
  return (await response.json()) as { id: string; secret: string }
}

/** Resident memory of all nodes, Linux. */
function memoryMiB(world: World): number {
  return world.nodes
    .map(
      ({ process: { pid } }) =>
        Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    )
    .reduce((sum, one) => sum + one, 0)
}
