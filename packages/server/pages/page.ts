/** Every page a person can meet, each with exactly the facts it shows. Times are milliseconds since the epoch. */
export type Locale = 'zh-CN' | 'en'

export type FlowAction = 'login' | 'bind'

export type FlowOverReason = 'expired' | 'cancelled' | 'completed' | 'declined' | 'too_many_tries' | 'other'

export type ConflictReason = 'wechat_already_bound' | 'user_already_bound'

export interface ConfirmPage {
  name: 'confirm'
  token: string
  formToken: string
  action: FlowAction
  /** The site's name. */
  app: string
  /** The site's domain. */
  host?: string | undefined
  /** The masked account of the site that would be linked. */
  account?: string | undefined
  /** The name of the Official Account the person is in. */
  officialAccount: string
  /** The browser that shows the QR code, in pieces, so that the sentence can be localised. */
  browser?: { browser?: string | undefined; os?: string | undefined } | undefined
  place?: string | undefined
  /** When the QR code was made. */
  at: number
  assurance: 'tap' | 'number' | 'code'
  error?: 'wrong_number' | undefined
  triesLeft?: number | undefined
}

export interface CodePage {
  name: 'code'
  /** Six digits. */
  code: string
  app: string
  expiresAt: number
}

export type SidesChoice = 'ask' | 'allow' | 'refuse' | 'undo'

/** Both sides of a conflict, to one of the people it concerns; who that is, their WeChat has proved. */
export interface SidesPage {
  name: 'sides'
  token: string
  formToken: string
  reason: ConflictReason | 'same_person'
  /** `asker` wants this WeChat to be linked; `holder` has the place. */
  role: 'asker' | 'holder'
  status: 'open' | 'impossible' | 'waiting_site' | 'waiting_holder' | 'ready' | 'refused' | 'moved' | 'undone'
  choices: SidesChoice[]
  /** The site's name; a conflict of two users of one person has none. */
  app?: string | undefined
  officialAccount: string
  /** The masked account of the site that was to be linked. */
  account?: string | undefined
  /** When what is held was linked. */
  since?: number | undefined
  until: number
}

export interface HomePage {
  name: 'home'
  version: string
  /** A simulated WeChat runs beside this installation. */
  simulator: boolean
  links: { docs: string; simulator?: string | undefined; source?: string | undefined }
}

interface Traced {
  requestId?: string | undefined
}

/** Pages that say one thing and offer at most one way on. */
export type NoticePage = Traced &
  (
    | {
        name: 'confirmed'
        action: FlowAction
        app: string
        returnTo?: string | undefined
        /** Where this person can make their two users one. */
        twinsUrl?: string | undefined
        /** Other Official Accounts of the same company that they do not follow yet. */
        others?: string[] | undefined
      }
    | { name: 'declined'; app: string }
    | { name: 'flow_over'; reason: FlowOverReason }
    | { name: 'conflict'; reason: ConflictReason; app: string; officialAccount: string; sidesUrl?: string | undefined }
    | { name: 'wrong_wechat_user' }
    | { name: 'snapshot_user'; retryUrl: string }
    | { name: 'oauth_declined'; retryUrl: string }
    | { name: 'oauth_restart'; retryUrl: string }
    | { name: 'state_invalid' }
    | { name: 'not_found' }
    | { name: 'try_again' }
    | { name: 'form_expired'; retryUrl: string }
  )

export type Page = ConfirmPage | CodePage | SidesPage | HomePage | NoticePage
