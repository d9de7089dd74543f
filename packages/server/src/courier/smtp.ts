import { createTransport } from 'nodemailer'
import { Undelivered } from './undelivered.ts'

export interface Mail {
  id: string
  to: string
  subject: string
  text: string
}

const patienceMs = 10_000

/** The operator's mail server. */
export function smtp(url: string, from: string): { send(mail: Mail): Promise<void>; close(): void } {
  const { host, port, protocol, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host.split(':')[0] ?? '')
  const transport = createTransport({
    host: new URL(url).hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 465 : 587)),
    secure,
    // Codes do not cross a network in clear.
    requireTLS: !secure && !isLocal,
    ignoreTLS: isLocal && !secure,
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from.replace(/^.*@|>.*$/g, '')
  return {
    async send({ id, to, subject, text }) {
      try {
        await transport.sendMail({
          // Not text to be parsed: an address is one address.
          to: { name: '', address: to },
          from,
          subject,
          text,
          // A second attempt is the same mail.
          messageId: `<${id}@${domain}>`,
          headers: { 'auto-submitted': 'auto-generated' },
        })
      } catch (error) {
        throw Undelivered.of(error)
      }
    },
    close: () => transport.close(),
  }
}
