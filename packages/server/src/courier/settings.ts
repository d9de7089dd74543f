import { Secret } from '../vault/secret.ts'

/** How codes leave the house, from the environment. */
export interface CourierSettings {
  /** The operator's mail server; it may hold a password. */
  smtpUrl: Secret | undefined
  mailFrom: string
  smsWebhook: { url: string; secret: Secret } | undefined
  /** Calling codes whose phone numbers are accepted. */
  smsCountries: string[]
}

export const courierFields = [
  {
    name: 'HUFU_SMTP_URL',
    default: '',
    description:
      'Mail server for codes: `smtps://user:password@smtp.example.com` (port 465) or `smtp://…` (587, with STARTTLS). Needed for registration by e-mail. Secret.',
  },
  { name: 'HUFU_MAIL_FROM', default: 'Hufu <hufu@localhost>', description: 'Sender of those mails.' },
  {
    name: 'HUFU_SMS_WEBHOOK_URL',
    default: '',
    description: 'Your gateway for text messages, told by signed requests. Needed for registration by phone.',
  },
  {
    name: 'HUFU_SMS_WEBHOOK_SECRET',
    default: '',
    description: 'What those requests are signed with: `whsec_` and 24 to 64 bytes as base64. Secret.',
  },
  {
    name: 'HUFU_SMS_COUNTRIES',
    default: '86',
    description: 'Calling codes whose phone numbers are accepted, separated by commas.',
  },
] as const

/** What cannot work is added to `problems`; no secret is repeated there. */
export function courierSettings(
  text: (name: (typeof courierFields)[number]['name']) => string,
  problems: string[],
): CourierSettings {
  const smtpUrl = text('HUFU_SMTP_URL')
  if (smtpUrl && !(/^smtps?:\/\/./.test(smtpUrl) && URL.canParse(smtpUrl))) {
    problems.push('HUFU_SMTP_URL is no address of a mail server, such as smtps://user:password@smtp.example.com.')
  }
  const mailFrom = text('HUFU_MAIL_FROM')
  if (!/^([^<>@\r\n]*<)?[^<>@\s]+@[^<>@\s]+>?$/.test(mailFrom)) {
    problems.push(`HUFU_MAIL_FROM is “${mailFrom}”; a sender such as Shop <no-reply@example.com> is expected.`)
  }
  const url = text('HUFU_SMS_WEBHOOK_URL')
  const secret = text('HUFU_SMS_WEBHOOK_SECRET')
  if (url && !(URL.canParse(url) && /^https:|^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(url))) {
    problems.push('HUFU_SMS_WEBHOOK_URL is no https address.')
  }
  if (url && !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret)) {
    problems.push(
      'HUFU_SMS_WEBHOOK_URL needs HUFU_SMS_WEBHOOK_SECRET: `echo whsec_$(openssl rand -base64 32)` makes one.',
    )
  }
  const smsCountries = text('HUFU_SMS_COUNTRIES')
    .split(',')
    .map((code) => code.trim().replace(/^\+/, ''))
  if (!smsCountries.every((code) => /^[1-9]\d{0,3}$/.test(code))) {
    problems.push('HUFU_SMS_COUNTRIES is a list of calling codes, such as 86,852.')
  }
  return {
    smtpUrl: smtpUrl ? new Secret(smtpUrl) : undefined,
    mailFrom,
    smsWebhook: url ? { url, secret: new Secret(secret) } : undefined,
    smsCountries,
  }
}
