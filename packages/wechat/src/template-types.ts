/** Values by the keys of the template's fields. */
export type TemplateData = Readonly<Record<string, string>>

export interface MiniProgramPage {
  readonly appid: string
  readonly pagepath?: string
}

/** A template message. A mini program has priority over `url`. */
export interface TemplateMessage {
  /** openid of a follower. */
  readonly touser: string
  readonly templateId: string
  readonly data: TemplateData
  /** Opened by a tap. */
  readonly url?: string
  readonly miniprogram?: MiniProgramPage
  /** At most 32 characters: the same one to the same person is sent once within ten minutes. */
  readonly clientMsgId?: string
}

/** A notice that the person has allowed. */
export interface SubscriptionNotice {
  readonly touser: string
  readonly templateId: string
  readonly data: TemplateData
  /** Opened by a tap. */
  readonly page?: string
  readonly miniprogram?: MiniProgramPage
}

/** The one message that a person has just allowed on a page of WeChat's. */
export interface OneTimeMessage {
  readonly touser: string
  readonly templateId: string
  /** As the page was opened with: 0…10000. */
  readonly scene: number
  /** 1…15 characters. */
  readonly title: string
  /** 1…200 characters, line breaks allowed. */
  readonly content: string
  readonly url?: string
  readonly miniprogram?: MiniProgramPage
}

/** A template of the account's own. */
export interface PrivateTemplate {
  readonly templateId: string
  readonly title: string
  /** Lines such as `时间:{{time1.DATA}}`. */
  readonly content: string
  readonly example: string
  readonly primaryIndustry: string
  readonly deputyIndustry: string
}

/** A subscription template of the account's own. */
export interface SubscriptionTemplate {
  readonly templateId: string
  readonly title: string
  readonly content: string
  readonly example: string
  /** `one_time`: a permission is good for one notice. */
  readonly type: 'one_time' | 'long_term'
  /** What fields of type `enum` may say, by their keys. */
  readonly values: Readonly<Record<string, readonly string[]>>
}

export interface Industry {
  readonly primary: string
  readonly secondary: string
}

/** Of the public library. */
export interface LibraryTitle {
  readonly tid: string
  readonly title: string
  readonly type: 'one_time' | 'long_term'
  readonly categoryId: string
}

export interface LibraryKeyword {
  readonly kid: number
  readonly name: string
  readonly example: string
  /** Type of the field. */
  readonly rule: string
}
