/** The least a server can do: fixed bytes for whatever arrives. Its rate is the ceiling of generator and loopback. */
import { createServer } from 'node:net'
import { announce } from './peer.ts'

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess')

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(ANSWER))
  socket.on('error', () => socket.destroy())
})
announce(server.listen(0, '127.0.0.1'))
