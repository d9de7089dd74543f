import type { Generated } from 'kysely'

export interface ChatTables {
  inbox: {
    id: Generated<number>
    appid: string
    dedupe_key: string
    kind: string
    openid_index: string
    created_at: number
    received_at: number
    document_sealed: Uint8Array | null
    reply_sealed: Uint8Array | null
  }
  quarantine: {
    id: Generated<number>
    appid: string
    reason: string
    document_sealed: Uint8Array
    received_at: number
    /** Whom it seems to be from. */
    openid_index: string | null
  }
  incoming_messages: IncomingMessageRow
  chat_windows: ChatWindowRow
  /** Wrong codes that a person typed in a chat, since when. */
  chat_tries: { openid_index: string; tries: number; since: number }
  reply_rules: ReplyRuleRow
  menus: MenuRow
}

/** What a follower wrote or tapped, as one app may answer it; what it says stands in the inbox. */
export interface IncomingMessageRow {
  id: string
  app_id: string
  appid: string
  openid_index: string
  dedupe_key: string
  received_at: number
  /** Until then the push itself is waiting for the answer. */
  open_until: number | null
  reply_until: number
  replies_left: number
}

/** A time in which WeChat lets an account write to somebody; the same again opens it anew. */
export interface ChatWindowRow {
  appid: string
  openid_index: string
  opened_by: 'message' | 'menu' | 'follow' | 'scan'
  opened_at: number
  open_until: number
  remaining: number
}

/** `exact`, `contains`: what was written. `click`: the key of a menu button. `any`: whatever was written and fits no other. */
export type ReplyRuleKind = 'exact' | 'contains' | 'click' | 'any'

export interface ReplyRuleRow {
  id: string
  appid: string
  kind: ReplyRuleKind
  keywords: string
  text: string
  priority: number
  created_at: number
}

export interface MenuRow {
  appid: string
  draft: string
  saved_at: number
  published: string | null
  published_at: number | null
}
