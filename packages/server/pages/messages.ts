import type { FlowAction, FormError, Locale } from './facts.ts'
import { en } from './messages.en.ts'
import { zhCN } from './messages.zh-cn.ts'
import type { ConflictReason, FlowOverReason, NoticePage, SidesChoice, SidesPage } from './page.ts'

type NoticeName = NoticePage['name']

/** One key a text: pages that differ by action or reason have a text for each of them. */
export type NoticeKey =
  | Exclude<NoticeName, 'confirmed' | 'flow_over' | 'conflict'>
  | `confirmed_${FlowAction}`
  | `confirmed_${Exclude<FlowAction, 'verify'>}_by_link`
  | `confirmed_${FlowAction}_inside`
  | 'unregistered_inside'
  | 'registered_inside'
  | 'declined_by_link'
  | `flow_over_${FlowOverReason}`
  | `flow_over_${Exclude<FlowOverReason, 'completed'>}_inside`
  | `conflict_${ConflictReason}`
  | `conflict_${ConflictReason}_inside`

/** The notices with a button: every page that carries a `retryUrl`. */
export type RetryName = Extract<NoticePage, { retryUrl: string }>['name']

export interface NoticeMessages {
  title: string
  /** What happened. */
  text: string
  /** What the person can do now. */
  next: string
}

/** `{app}`, `{account}` … are filled in by the view, escaped and isolated; any other brace is a mistake it refuses. */
export interface Messages {
  confirm: {
    title: Record<FlowAction, string>
    heading: Record<FlowAction, string>
    purpose: string
    site: string
    account: string
    /** The same where it is not linked, but named. */
    whose: string
    officialAccount: string
    browser: string
    /** The same for who came by a link. */
    askedBy: string
    /** `{browser}` on `{os}`. */
    browserOnOs: string
    place: string
    time: string
    timeOfDay: string
    warning: string
    warningByLink: string
    warningInside: string
    number: string
    numberInside: string
    wrongNumber: string
    wrongNumberLastTry: string
    codeHint: string
    profile: string
    /** `{nickname}` */
    profileTold: string
    confirm: Record<FlowAction, string>
    continue: string
    decline: string
  }
  code: {
    title: string
    titleInside: string
    heading: string
    headingInside: string
    text: string
    validUntil: string
    warning: string
    warningInside: string
  }
  register: {
    title: string
    heading: string
    lead: string
    /** What each form is for. */
    by: Record<'email' | 'phone', string>
    email: string
    phone: string
    password: string
    passwordRule: string
    send: Record<'email' | 'phone', string>
    codeHeading: string
    sent: Record<'email' | 'phone', string>
    code: string
    submit: string
    existsHeading: string
    consent: string
    needsPassword: string
    itsPassword: string
    link: string
    other: string
    errors: Record<FormError, string>
    /** On the phone, where the form may be filled in as well. */
    here: string
  }
  reset: {
    title: string
    lead: string
    sent: string
    password: string
    submit: string
    other: string
    byWechat: string
  }
  sides: {
    title: string
    heading: Record<SidesPage['reason'] | 'holder', string>
    /** Instead of it, once it is decided. */
    outcome: Record<'moved' | 'undone' | 'refused', string>
    site: string
    officialAccount: string
    /** What is linked now, since when. */
    held: Record<SidesPage['reason'] | 'holder', string>
    since: string
    /** Before the masked account that holds the place. */
    holds: string
    wanted: string
    status: Record<
      SidesPage['status'] | 'waiting_silence' | 'holder_waiting' | 'holder_silence' | 'holder_overdue' | 'holder_ready',
      string
    >
    /** What the choice that is open would do. */
    effect: Record<SidesPage['reason'] | 'holder', string>
    warning: string
    /** `replace`: to ask, where another WeChat has the place. */
    choice: Record<SidesChoice | 'replace', string>
    merge: string
  }
  notices: Record<NoticeKey, NoticeMessages>
  retry: Record<RetryName, string>
  returnTo: string
  /** To the page that explains a conflict; to the one that makes two users one. */
  seeSides: string
  seeTwins: string
  /** To the page of the company's other accounts. */
  others: string
  requestId: string
  home: {
    title: string
    text: string
    version: string
    docs: string
    source: string
    simulator: string
    openSimulator: string
  }
  /** Who runs the page, in its foot. */
  foot: string
}

/** A locale without one of the texts does not compile. */
export const messages: Record<Locale, Messages> = { 'zh-CN': zhCN, en }
