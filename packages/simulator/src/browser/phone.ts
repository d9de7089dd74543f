import type { Person } from '../people.ts'

/** How the person answers consent dialogs; undefined shows the dialog. */
export type GrantWish = boolean | 'snapshot' | undefined

/** The phone behind a request to the platform's own pages. */
export type Phone = { person: Person; grant: GrantWish; fragment: string }

/** Sent to the simulator's own origin only: the WeChat client is logged in there, and nowhere else. */
export const PHONE_HEADER = 'x-simulated-wechat'

export function phoneHeader(secret: string, grant: GrantWish, fragment: string): string {
  return `${secret};${grant === undefined ? 'ask' : String(grant)};${encodeURIComponent(fragment)}`
}

export function readPhoneHeader(value: string): { secret: string; grant: GrantWish; fragment: string } {
  const [secret = '', wish = 'ask', fragment = ''] = value.split(';')
  const grants: Record<string, GrantWish> = { true: true, false: false, snapshot: 'snapshot' }
  return { secret, grant: grants[wish], fragment: decodeURIComponent(fragment) }
}
