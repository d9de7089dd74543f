export interface ConflictTables {
  conflicts: ConflictRow
}

export interface ConflictRow {
  id: string
  /** One conflict, however often it is met; none once it has been moved. */
  dedupe: string | null
  reason: 'wechat_already_bound' | 'user_already_bound' | 'same_person'
  app_id: string | null
  appid: string
  flow_id: string | null
  /** Who holds what is wanted: the user of the WeChat, or the user who has another WeChat; of one person's two, the older. */
  user_id: string
  /** The user who wants it, or is the same person, where there is one. */
  other_user_id: string | null
  /** The WeChat that scanned; and the one it would replace. */
  wechat_index: string
  holder_index: string | null
  /** The site's id that was to be linked. */
  external_index: string | null
  /** Masked. */
  display_name: string | null
  locale: string
  state: 'open' | 'asked' | 'refused' | 'moved' | 'undone'
  /** The person concerned asked for the move. */
  asked_at: number | null
  /** The message that tells the other WeChat of it, with the way to refuse; and when WeChat took it. */
  notice: string | null
  told_at: number | null
  /** The people were told that it was met. */
  notified_at: number | null
  /** The site released its former user, or the other WeChat said yes. */
  allowed_at: number | null
  moved_at: number | null
  /** What was moved, for the way back. */
  steps: string | null
  seen: number
  created_at: number
  updated_at: number
}
