import type { Clock } from '../store/clock.ts'
import type { CourierSettings } from './settings.ts'
import { smsWebhook } from './sms.ts'
import { smtp } from './smtp.ts'
import { wordsOf } from './texts.ts'

/** A code on its way to a person. */
export interface Message {
  id: string
  purpose: 'registration' | 'reset'
  contact: { kind: 'email' | 'phone'; value: string }
  code: string
  locale: string
  site: string
  minutes: number
}

/** What carries codes by e-mail and SMS: the operator's mail server and SMS gateway, or the simulator's. */
export interface Courier {
  can(kind: 'email' | 'phone'): boolean
  /** @throws Undelivered */
  send(message: Message): Promise<void>
  close(): void
}

export function createCourier(deps: {
  config: CourierSettings & { simulatorUrl: string | undefined }
  clock: Clock
  fetch: typeof fetch
}): Courier {
  const { config, clock, fetch } = deps
  const { simulatorUrl } = config
  const mails = config.smtpUrl ? smtp(config.smtpUrl.reveal(), config.mailFrom) : undefined
  const gateway = config.smsWebhook
    ? { url: config.smsWebhook.url, secret: config.smsWebhook.secret.reveal() }
    : simulatorUrl === undefined
      ? undefined
      : { url: `${simulatorUrl}/_sim/sms`, secret: '' }
  const texts = gateway && smsWebhook({ ...gateway, fetch, now: clock.now })

  /** The simulator's mailbox is at a port that it says itself. */
  async function simulatedMails() {
    const response = await fetch(`${simulatorUrl}/_sim/mail/server`)
    const { url } = (await response.json()) as { url: string }
    return smtp(url, config.mailFrom)
  }

  return {
    can: (kind) => (kind === 'email' ? Boolean(mails ?? simulatorUrl) : Boolean(texts)),
    async send(message) {
      const { subject, mail, sms } = wordsOf(message)
      const { id, contact, purpose, site, code, minutes, locale } = message
      if (contact.kind === 'phone') {
        await texts?.send({ id, to: contact.value, text: sms, purpose, site, code, minutes, locale })
        return
      }
      const server = mails ?? (await simulatedMails())
      try {
        await server.send({ id, to: contact.value, subject, text: mail })
      } finally {
        if (server !== mails) server.close()
      }
    },
    close: () => mails?.close(),
  }
}
