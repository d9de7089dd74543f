import type { Clock } from '../store/clock.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'

/** Who holds the phone, as OAuth has just proved, for one flow and ten minutes. Lives in the phone's cookie, sealed, and nowhere else. */
export interface PhoneSession {
  flowId: string
  openid: string
  openidIndex: string
}

export interface PhoneSessions {
  seal(session: PhoneSession): string
  open(cookie: string | undefined, flowId: string): PhoneSession | undefined
  /** Belongs to the cookie, so that no other page can make the phone's browser post the form. */
  formToken(cookie: string): string
  isFormToken(cookie: string, presented: string): boolean
}

export const phoneSessionSeconds = 600

export function createPhoneSessions(deps: { vault: Vault; clock: Clock }): PhoneSessions {
  const { vault, clock } = deps
  const place = 'phone session'
  const formToken = (cookie: string) => vault.derive('form token', cookie).toString('base64url')
  return {
    formToken,
    isFormToken: (cookie, presented) => equalSecrets(presented, formToken(cookie)),
    seal(session) {
      const content = JSON.stringify({ ...session, until: clock.now() + phoneSessionSeconds * 1000 })
      return Buffer.from(vault.seal(place, content)).toString('base64url')
    },
    open(cookie, flowId) {
      if (!cookie || cookie.length > 1_024) return undefined
      let content: PhoneSession & { until: number }
      try {
        content = JSON.parse(vault.open(place, Buffer.from(cookie, 'base64url')))
      } catch {
        return undefined
      }
      return content.flowId === flowId && content.until > clock.now() ? content : undefined
    },
  }
}
