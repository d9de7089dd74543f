import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'

/** What stands before the nodes, as a balancer does: connections in turn, the next node when one is not there. */
export interface Front {
  readonly url: string
  aim(ports: number[]): void
  close(): Promise<void>
}

export async function startFront(): Promise<Front> {
  const sockets = new Set<Socket>()
  let ports: number[] = []
  let turn = 0

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  function join(near: Socket, tries: number): void {
    const far = keep(dial(ports[turn++ % Math.max(1, ports.length)] ?? 1, '127.0.0.1'))
    const next = () => (tries > 1 ? join(near, tries - 1) : near.destroy())
    far.once('error', next)
    far.once('connect', () => {
      far.off('error', next)
      far.on('error', () => near.destroy())
      near.on('error', () => far.destroy())
      near.pipe(far).pipe(near)
    })
  }

  const server = createServer({ pauseOnConnect: true }, (near) => {
    keep(near)
    near.on('error', () => near.destroy())
    join(near, ports.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    aim(next) {
      ports = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
