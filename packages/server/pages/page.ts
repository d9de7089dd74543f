import type { Arrival, Browser, FlowAction, FormError, Traced } from './facts.ts'
import type { PeoplePage } from './people-page.ts'

/** Every page a person can meet, each with exactly the facts it shows. Times are milliseconds since the epoch. */
export type Page = ConfirmPage | CodePage | RegisterPage | ResetPage | SidesPage | HomePage | NoticePage | PeoplePage

export type FlowOverReason = 'expired' | 'cancelled' | 'completed' | 'declined' | 'too_many_tries' | 'other'

export type ConflictReason = 'wechat_already_bound' | 'user_already_bound'

export interface ConfirmPage {
  name: 'confirm'
  token: string
  formToken: string
  action: FlowAction
  /** What is to be approved, in the site's words. */
  purpose?: string | undefined
  by?: Arrival | undefined
  /** The site's name. */
  app: string
  /** The site's domain. */
  host?: string | undefined
  /** The masked account of the site that would be linked. */
  account?: string | undefined
  /** The name of the Official Account the person is in. */
  officialAccount: string
  /** The browser that shows the QR code. */
  browser?: Browser | undefined
  place?: string | undefined
  /** When the QR code was made. */
  at: number
  assurance: 'tap' | 'number' | 'code'
  /** Where a tap leads to WeChat’s question whether the site may see nickname and avatar. */
  profileUrl?: string | undefined
  /** It was answered with a yes. */
  nickname?: string | undefined
  error?: 'wrong_number' | undefined
  triesLeft?: number | undefined
}

export interface CodePage {
  name: 'code'
  /** Six digits. */
  code: string
  purpose?: string | undefined
  by?: Arrival | undefined
  app: string
  expiresAt: number
}

interface Form {
  formToken: string
  /** What was typed, to be shown or sent along again. */
  contact: string
  /** Masked. */
  to?: string | undefined
  error?: FormError | undefined
  errorField?: 'email' | 'phone' | 'password' | 'code' | undefined
  triesLeft?: number | undefined
  minutes?: number | undefined
}

export interface RegisterPage extends Form {
  name: 'register'
  /** Its own path, to which its forms are posted. */
  action: string
  app: string
  methods: ('email' | 'phone')[]
  step: 'contact' | 'code' | 'consent' | 'password'
  method?: 'email' | 'phone' | undefined
  /** The proved code, sent along with the answer to a question. */
  code?: string | undefined
}

export interface ResetPage extends Form {
  name: 'reset'
  step: 'contact' | 'change'
  /** Where whoever has linked a WeChat sets it without mail. */
  wechatUrl?: string | undefined
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
  /** The masked account that holds the place, for the WeChat that it belongs to and nobody else. */
  holds?: string | undefined
  /** When what is held was linked. */
  since?: number | undefined
  until: number
  /** Where the holder's silence is an answer: from `until` on, or by now. */
  silence?: 'counts' | 'counted' | undefined
}

export interface HomePage {
  name: 'home'
  version: string
  /** A simulated WeChat runs beside this installation. */
  simulator: boolean
  links: { docs: string; simulator?: string | undefined; source?: string | undefined }
}

/** Pages that say one thing and offer at most one way on. */
export type NoticePage = Traced &
  (
    | { name: 'unregistered'; by?: Arrival | undefined; app: string; registerUrl: string }
    | {
        name: 'registered'
        by?: Arrival | undefined
        app: string
        returnTo?: string | undefined
        /** Where the company's other accounts stand that they may like to follow. */
        othersUrl?: string | undefined
      }
    | { name: 'password_changed' }
    | {
        name: 'confirmed'
        action: FlowAction
        purpose?: string | undefined
        by?: Arrival | undefined
        app: string
        returnTo?: string | undefined
        /** Where this person can make their two users one. */
        twinsUrl?: string | undefined
        othersUrl?: string | undefined
      }
    | { name: 'declined'; by?: Arrival | undefined; app: string }
    | { name: 'flow_over'; reason: FlowOverReason; by?: Arrival | undefined }
    | {
        name: 'conflict'
        reason: ConflictReason
        by?: Arrival | undefined
        app: string
        officialAccount: string
        sidesUrl?: string | undefined
      }
    | { name: 'wrong_wechat_user' }
    | { name: 'taken' }
    | { name: 'not_theirs' }
    | { name: 'snapshot_user'; retryUrl: string }
    | { name: 'oauth_declined'; retryUrl: string }
    | { name: 'oauth_restart'; retryUrl: string }
    | { name: 'oauth_unavailable'; retryUrl: string }
    | { name: 'state_invalid' }
    | { name: 'link_over' }
    | { name: 'not_found' }
    | { name: 'try_again' }
    | { name: 'form_expired'; retryUrl: string }
  )
