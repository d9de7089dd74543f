import type { Browser, FlowAction, FormError, Traced } from './facts.ts'

/** The pages of a person at Hufu itself, each with exactly the facts it shows. */
export type PeoplePage = LoginPage | MePage | AskPage | PasswordPage | DonePage | FollowPage

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

/** Another Official Account by which somebody may be known. */
export interface Way {
  name: string
  url: string
}
