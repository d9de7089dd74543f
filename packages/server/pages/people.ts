import type { FlowAction, Locale } from './facts.ts'
import { peopleEn } from './people.en.ts'
import { peopleZhCN } from './people.zh-cn.ts'
import type { AskText, DonePage, MeDone } from './people-page.ts'

/** Texts of the pages at which people are Hufu's own guests: logging in, and what is known of them. */
export interface PeopleMessages {
  login: {
    title: string
    lead: string
    passwordTitle: string
    passwordLead: string
    account: string
    others: string
    chatCode: string
    number: string
    noScript: string
    begin: string
    renew: string
    confirmed: string
    scan: string
    code: string
    next: string
    wrong: Record<'code_invalid' | 'not_confirmed' | 'over', string>
  }
  me: {
    title: string
    since: string
    done: Record<MeDone, string>
    wechats: string
    noWechats: string
    linkedSince: string
    unlink: string
    addresses: string
    email: string
    phone: string
    setPassword: string
    sites: string
    noSites: string
    knownAs: string
    leave: string
    notices: string
    noticesText: string
    noticesAre: Record<'on' | 'off' | 'partly', string>
    mute: string
    unmute: string
    signIns: string
    noSignIns: string
    kind: Record<FlowAction, string>
    disown: string
    disowned: string
    browserOnOs: string
    unknownBrowser: string
    sessions: string
    thisSession: string
    seen: string
    signOut: string
    signOutElsewhere: string
    others: string
    yourData: string
    yourDataText: string
    download: string
    erase: string
  }
  follow: {
    title: string
    lead: string
    none: string
    /** `{name}` */
    alt: string
    inWechat: string
    onComputer: string
    back: string
  }
  ask: Record<AskText, { title: string; text: string; yes: string }>
  password: { title: string; lead: string; submit: string; back: string }
  /** Other accounts by which somebody may be known. */
  otherWays: string
  askNo: string
  /** The other answer to “was that you?”. */
  wasMe: string
  askAlso: string
  askLast: string
  done: Record<DonePage['done'], { title: string; text: string; next: string; way?: string }>
}

/** A locale without one of the texts does not compile. */
export const people: Record<Locale, PeopleMessages> = { 'zh-CN': peopleZhCN, en: peopleEn }
