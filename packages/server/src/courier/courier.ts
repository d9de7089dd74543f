import type { Clock } from '../store/clock.ts'
import type { CourierSettings } from './settings.ts'
import { smsWebhook } from './sms.ts'
import { smtp } from './smtp.ts'
import { changedWords, wordsOf } from './texts.ts'

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

/** News of an account, to the address it is known by. Carries no code, and no link. */
export interface News {
  id: string
  email: string
  how: 'wechat' | 'email'
  locale: string
  site: string
  /** HH:MM in China. */
  at: string
}

/** What carries codes by e-mail and SMS: the operator's mail server and SMS gateway, or the simulator's. */
export interface Courier {
  can(kind: 'email' | 'phone'): boolean
  /** @throws Undelivered */
  send(message: Message): Promise<void>
  /** The password was changed. @throws Undelivered */
  tell(news: News): Promise<void>
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

  async function mail(letter: Parameters<ReturnType<typeof smtp>['send']>[0]): Promise<void> {
    const server = mails ?? (await simulatedMails())
    try {
      await server.send(letter)
    } finally {
      if (server !== mails) server.close()
    }
  }

  return {
    can: (kind) => (kind === 'email' ? Boolean(mails ?? simulatorUrl) : Boolean(texts)),
    async send(message) {
      const { subject, mail: words, sms } = wordsOf(message)
      const { id, contact, purpose, site, code, minutes, locale } = message
      if (contact.kind === 'phone') {
        await texts?.send({ id, to: contact.value, text: sms, purpose, site, code, minutes, locale })
        return
      }
      await mail({ id, to: contact.value, subject, text: words })
    },
    tell({ id, email, ...news }) {
      return mail({ id, to: email, ...changedWords(news) })
    },
    close: () => mails?.close(),
  }
}
