import { createHmac } from 'node:crypto'
import { Undelivered } from './undelivered.ts'

export interface Sms {
  id: string
  to: string
  text: string
  /** For gateways that know templates instead of texts. */
  purpose: string
  site: string
  code: string
  minutes: number
  locale: string
}

const patienceMs = 10_000

/**
 * The operator's gateway, told by a signed request (Standard Webhooks: id, timestamp and HMAC-SHA-256 in the headers). The id stays the same
 * when a request is repeated, so that nobody gets two texts.
 */
export function smsWebhook(deps: { url: string; secret: string; fetch: typeof fetch; now(): number }): {
  send(sms: Sms): Promise<void>
} {
  const key = Buffer.from(deps.secret.replace(/^whsec_/, ''), 'base64')
  return {
    async send({ id, ...data }) {
      const seconds = Math.floor(deps.now() / 1000)
      const body = JSON.stringify({ type: 'sms.send', timestamp: new Date(deps.now()).toISOString(), data })
      const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
      let status: number
      try {
        const response = await deps.fetch(deps.url, {
          method: 'POST',
          redirect: 'manual',
          signal: AbortSignal.timeout(patienceMs),
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': String(seconds),
            'webhook-signature': `v1,${signature}`,
          },
          body,
        })
        status = response.status
        await response.body?.cancel()
      } catch (error) {
        throw Undelivered.of(error)
      }
      if (status < 200 || status > 299) throw new Undelivered(`the SMS gateway answered ${status}`, status === 422)
    },
  }
}
