/** Every page a person can meet, each with exactly the facts it shows. Times are milliseconds since the epoch. */
export type Locale = 'zh-CN' | 'en'

export type FlowAction = 'login' | 'bind' | 'verify'

export type FlowOverReason = 'expired' | 'cancelled' | 'completed' | 'declined' | 'too_many_tries' | 'other'

/** How the person came: by a QR code on some screen; by a link in the chat, with no second screen; or from the site's own page, open inside WeChat. */
export type Arrival = 'scan' | 'link' | 'inside'

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
  /** The browser that shows the QR code, in pieces, so that the sentence can be localised. */
  browser?: { browser?: string | undefined; os?: string | undefined } | undefined
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

/** What can be wrong with what was typed; each has a text. */
export type FormError =
  | 'email'
  | 'phone'
  | 'password'
  | 'password_breached'
  | 'code_invalid'
  | 'code_expired'
  | 'too_many_tries'
  | 'rate_limited'
  | 'wrong_password'
  | 'support'
  | 'wechat_already_bound'
  | 'user_already_bound'
  | 'unavailable'

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

interface Traced {
  requestId?: string | undefined
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

interface Browser {
  browser?: string | undefined
  os?: string | undefined
}

/** Logging in to Hufu's own pages: the widget, and for a browser without scripts the same by forms. */
export interface LoginPage {
  name: 'login'
  /** Goes with every form, so that the next page is about the same. */
  query: string
  /** Whoever is in sets a new password next. */
  isForPassword: boolean
  /** The Official Account's name. */
  account: string
  others: Way[]
  /** This browser's flow, once it has begun one without scripts. */
  plain?:
    | {
        svg: string
        /** To be typed in the chat, where the account's QR code says nothing of the flow. */
        chatCode?: string | undefined
        /** What the chat asks for next. */
        number?: string | undefined
        asksCode: boolean
        wrong?: 'code_invalid' | 'not_confirmed' | 'over' | undefined
      }
    | undefined
}

/** Another Official Account by which somebody may be known. */
export interface Way {
  name: string
  url: string
}

/** A new password for somebody whom WeChat has just proved. */
export interface PasswordPage {
  name: 'password'
  formToken: string
  /** Masked. */
  addresses: string[]
  error?: FormError | undefined
  minutes?: number | undefined
}

export type MeDone = 'unlinked' | 'left' | 'muted' | 'unmuted' | 'disowned' | 'signed_out' | 'signed_out_elsewhere'

/** What is known of a person, for that person. */
export interface MePage {
  name: 'me'
  formToken: string
  done?: MeDone | undefined
  since: number
  wechats: { id: string; account: string; since: number }[]
  addresses: { kind: 'email' | 'phone'; shown: string }[]
  sites: {
    id: string
    name: string
    since: number
    shown?: string | undefined
    /** Whether it sends notices by WeChat; `partly`: by some of the person's. */
    notices?: 'on' | 'off' | 'partly' | undefined
  }[]
  signIns: {
    id: string
    site: string
    kind: FlowAction
    purpose?: string | undefined
    browser: Browser
    at: number
    disowned: boolean
  }[]
  sessions: { id: string; browser: Browser; seenAt: number; isThis: boolean }[]
  /** Where the accounts stand that they do not follow. */
  followUrl?: string | undefined
}

/** The company's other accounts, each with its code. */
export interface FollowPage {
  name: 'follow'
  accounts: {
    name: string
    /** A picture, as a data: address. */
    picture: string
  }[]
  back?: string | undefined
}

/** One question before something that cannot, or not easily, be undone. */
export interface AskPage {
  name: 'ask'
  question: 'unlink' | 'leave' | 'disown' | 'erase'
  /** Where the form goes, and what it is about. */
  action: string
  id: string
  formToken: string
  back?: string | undefined
  /** The site or Official Account it concerns. */
  subject: string
  /** Whoever is asked may say the contrary, too. */
  isEither?: boolean | undefined
  /** Names of the Official Accounts that it takes along. */
  also?: string[] | undefined
  /** The site knows them by nothing of its own, and forgets them. */
  isForgotten?: boolean | undefined
  /** Nothing is left of them here afterwards. */
  isLast?: boolean | undefined
  facts?: { kind: FlowAction; purpose?: string | undefined; browser: Browser; at: number } | undefined
}

/** It is done, or why it is not. */
export interface DonePage extends Traced {
  name: 'done'
  done:
    | 'unknown_person'
    | 'erased'
    | 'signed_out'
    | 'disowned'
    | 'was_me'
    | 'left'
    | 'unlinked'
    | 'last_way_in'
    | 'show_again'
    | 'no_account'
    | 'unfit_account'
    | 'no_email'
  wayUrl?: string | undefined
  /** Other Official Accounts by which the person may be known. */
  ways?: Way[] | undefined
}

/** What is asked, and of which kind. */
export type AskText = 'unlink' | 'leave' | 'forget' | 'disown_login' | 'disown_bind' | 'disown_verify' | 'erase'

export type PeoplePage = LoginPage | MePage | AskPage | PasswordPage | DonePage | FollowPage

export type Page = ConfirmPage | CodePage | RegisterPage | ResetPage | SidesPage | HomePage | NoticePage | PeoplePage
