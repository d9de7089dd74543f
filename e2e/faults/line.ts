import { once } from 'node:events'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import type { Tap } from './tap.ts'

/**
 * pass: as if it were not there · stall: everything stays open and nothing moves · refuse: nobody is let in, everybody is thrown out ·
 * drop-commit: a COMMIT is handed on, and the connection is cut before its answer comes back.
 */
export type Mode = 'pass' | 'stall' | 'refuse' | 'drop-commit'

/** Stands between the nodes and what they talk to, and can break the line in the ways a network does. */
export interface Line {
  readonly port: number
  set(mode: Mode): void
  /** Where new connections go from now on. */
  aim(port: number): void
  /** Cuts every line there is, at once. @returns how many */
  cut(): number
  /** Commits whose answer was kept from their node. */
  droppedCommits(): number
  close(): Promise<void>
}

interface Connection {
  near: Socket
  far: Socket
  committing: boolean
}

/** @param tap makes the ear of a new connection, where somebody listens */
export async function startLine(target: number, tap?: () => Tap): Promise<Line> {
  const lines = new Set<Connection>()
  let mode: Mode = 'pass'
  let aimed = target
  let dropped = 0

  function end(line: Connection): void {
    if (!lines.delete(line)) return
    line.near.destroy()
    line.far.destroy()
  }

  const server: Server = createServer((near) => {
    if (mode === 'refuse') {
      near.destroy()
      return
    }
    const line: Connection = { near, far: dial(aimed, '127.0.0.1'), committing: false }
    lines.add(line)
    const ear = tap?.()
    for (const socket of [line.near, line.far]) {
      socket.setNoDelay(true)
      socket.on('error', () => end(line))
      socket.on('close', () => end(line))
      if (mode === 'stall') socket.pause()
    }
    near.on('data', (raw) => {
      const data = ear ? ear.sent(raw) : raw
      // COMMIT travels in a message of its own; nothing else that nodes send has the word in capitals and a zero behind it.
      if (mode === 'drop-commit' && data.includes('COMMIT\0')) line.committing = true
      if (!line.far.write(data)) {
        near.pause()
        line.far.once('drain', () => mode !== 'stall' && near.resume())
      }
    })
    line.far.on('data', (raw) => {
      const data = ear ? ear.answered(raw) : raw
      if (line.committing) {
        dropped++
        end(line)
        return
      }
      if (!near.write(data)) {
        line.far.pause()
        near.once('drain', () => mode !== 'stall' && line.far.resume())
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  return {
    port: address.port,
    set(next) {
      mode = next
      for (const { near, far } of lines) {
        for (const socket of [near, far]) {
          if (next === 'stall') socket.pause()
          else socket.resume()
        }
      }
      if (next === 'refuse') for (const line of [...lines]) end(line)
    },
    aim(port) {
      aimed = port
    },
    cut() {
      const all = [...lines]
      for (const line of all) end(line)
      return all.length
    },
    droppedCommits: () => dropped,
    async close() {
      for (const line of [...lines]) end(line)
      server.close()
      await once(server, 'close')
    },
  }
}
