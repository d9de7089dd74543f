import type { Generated } from 'kysely'

export interface FollowerTables {
  /** `cancelled_at`: the person closed their WeChat, and the rest of them is erased, too. */
  followers: FollowerRow & { cancelled_at: Generated<number | null> }
  reconciles: ReconcileRow
  listed_followers: { appid: string; openid_index: string }
}

export interface FollowerRow {
  appid: string
  openid_index: string
  openid_sealed: Uint8Array | null
  unionid_index: string | null
  unionid_sealed: Uint8Array | null
  followed_at: number | null
  unfollowed_at: number | null
  /** CreateTime (seconds) of the newest push that decided whether this person follows. */
  event_at: number
  lookup_due_at: number | null
}

export interface ReconcileRow {
  appid: string
  step: 'rest' | 'list' | 'compare'
  /** When the next step may be taken. */
  next_at: number
  /** When somebody last had reason to want a round. */
  wanted_at: number
  started_at: number | null
  ended_at: number | null
  /** The last openid of the page of the platform's list that was read. */
  page_sealed: Uint8Array | null
  /** Followers up to this index have been compared. */
  compared: string
  /** How many the platform's list has shown so far, and how many it says it has. */
  listed: number
  total: number
  found: number
  gone: number
  /** The day, in China, in which so many calls were made. */
  day: number
  list_calls: number
  info_calls: number
  last_error: string | null
}
