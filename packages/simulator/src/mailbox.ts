import { SMTPServer } from 'smtp-server'
import type { Clock } from './clock.ts'
import { readMessage } from './mime.ts'
import { createRing } from './ring.ts'
import type { Stream } from './stream.ts'

export type Mail = {
  at: string
  /** Small letters. */
  to: string[]
  from: string
  subject: string
  text: string
  links: { text: string; url: string }[]
}

/** Everybody's mailbox: a mail server that takes what it is given and sends nothing on. */
export type Mailbox = {
  list(to?: string): Mail[]
  /** `smtp://127.0.0.1:port`; empty until it listens. */
  readonly url: string
  listen(host: string, port: number): Promise<void>
  clear(): void
  close(): Promise<void>
}

const KEPT = 1_000
const LARGEST = 1024 * 1024
const LINK = /https?:\/\/[^\s<>"']+/g

export function createMailbox(deps: { clock: Clock; stream: Stream }): Mailbox {
  const mails = createRing<Mail>(KEPT)
  let url = ''
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    size: LARGEST,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { subject, from, text } = readMessage(Buffer.concat(chunks))
        const to = session.envelope.rcptTo.map(({ address }) => address.toLowerCase())
        mails.push({
          at: new Date(deps.clock.now()).toISOString(),
          to,
          from,
          subject,
          text,
          links: (text.match(LINK) ?? []).map((url) => ({ text: url, url })),
        })
        deps.stream.publish({ kind: 'mail' })
        done()
      })
    },
  })
  // A client that goes away in the middle is nobody's trouble.
  server.on('error', () => {})

  return {
    list: (to) => mails.list().filter((mail) => to === undefined || mail.to.includes(to.toLowerCase())),
    get url() {
      return url
    },
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        const listening = server.listen(port, host, () => {
          const address = listening.address()
          if (address !== null && typeof address === 'object') url = `smtp://${host}:${address.port}`
          resolve()
        })
      }),
    clear: () => mails.clear(),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
