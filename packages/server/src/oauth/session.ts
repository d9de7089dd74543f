import type { Clock } from '../store/clock.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'

/** Who holds the phone, as OAuth has just proved, for one object and ten minutes. Lives in the phone's cookie, sealed, and nowhere else. */
export interface PhoneSession {
  /** The flow, link, … it was proved for: it is a proof for nothing else. */
  about: string
  openid: string
  openidIndex: string
}

export interface PhoneSessions {
  seal(session: PhoneSession): string
  open(cookie: string, about: string): PhoneSession | undefined
  /** Belongs to the cookie, so that no other page can make the phone's browser post the form. */
  formToken(cookie: string): string
  isFormToken(cookie: string, presented: string): boolean
}

/** What is sealed. `flowId` names whatever it is about: 0.2 wrote it so, and reads it so beside us. */
interface Sealed extends Omit<PhoneSession, 'about'> {
  flowId: string
  until: number
}

const lifeMs = 10 * 60_000

export function createPhoneSessions(deps: { vault: Vault; clock: Clock }): PhoneSessions {
  const { vault, clock } = deps
  const place = 'phone session'
  const formToken = (cookie: string) => vault.derive('form token', cookie).toString('base64url')
  return {
    formToken,
    isFormToken: (cookie, presented) => equalSecrets(presented, formToken(cookie)),
    seal({ about, openid, openidIndex }) {
      const content: Sealed = { flowId: about, openid, openidIndex, until: clock.now() + lifeMs }
      return Buffer.from(vault.seal(place, JSON.stringify(content))).toString('base64url')
    },
    open(cookie, about) {
      if (!cookie || cookie.length > 1_024) return undefined
      let content: Sealed
      try {
        content = JSON.parse(vault.open(place, Buffer.from(cookie, 'base64url')))
      } catch {
        return undefined
      }
      const { flowId, openid, openidIndex, until } = content
      return flowId === about && until > clock.now() ? { about, openid, openidIndex } : undefined
    },
  }
}
