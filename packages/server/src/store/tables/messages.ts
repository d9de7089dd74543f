import type { Generated, Selectable } from 'kysely'

export interface MessageTables {
  messages: MessageRow
  receipts: ReceiptTable
  batches: Omit<BatchRow, 'dropped'> & { dropped: Generated<number> }
  batch_parts: Omit<BatchPartRow, 'edits'> & { edits: Generated<number> }
  batch_failures: { batch_id: string; position: number; reason: string }
}

export interface MessageRow {
  id: string
  app_id: string
  appid: string
  openid_index: string
  /** The incoming message, and its push. */
  answers: string | null
  dedupe_key: string | null
  /** `unknown`: WeChat was asked and did not answer; it is not asked again, for it might send twice. */
  state: 'ready' | 'sending' | 'sent' | 'failed' | 'unknown'
  sent_as: 'passive' | NonNullable<MessageRow['via']> | null
  reason: string | null
  /** Gone as soon as it is not needed any more. */
  text_sealed: Uint8Array | null
  idempotency_key: string | null
  request_hash: string | null
  not_after: number
  created_at: number
  started_at: number | null
  finished_at: number | null
  /** How it goes to WeChat. null: as a customer-service message, or as the answer of a push. */
  via: 'customer_service' | 'template' | 'subscription' | 'one_time' | null
  /** Codes do not wait behind notices. */
  lane: 'codes' | 'messages'
  template_id: string | null
  /** Of a one-time subscription message: the one it was allowed for. */
  scene: number | null
  /** Not before; null: at once. */
  send_at: number | null
  /** Of the first try that WeChat may have taken: it knows the message again for ten minutes from then. */
  first_started_at: number | null
  /** WeChat's, by which it says later what became of it. */
  msgid: string | null
  delivered_at: number | null
  /** WeChat failed to deliver it, and was asked once more. */
  resent: number
  /** Why it did not go another way that was asked for; JSON. */
  skipped: string | null
  batch_id: string | null
  /** Its place in the list, from 0. */
  batch_position: number | null
  /** 1: its batch is paused, and no job will come for it. */
  held: number
  /** Not tried again before; null: as soon as it may. */
  next_at: number | null
  /** Tries that came to nothing, of which WeChat refused so many and may take it yet. */
  tries: number
  refusals: number
  /** Why WeChat refused it last. */
  wechat_errcode: number | null
}

/** What WeChat said became of a message, until that is written to the message. */
interface ReceiptTable {
  id: Generated<number>
  appid: string
  openid_index: string
  /** Of a subscription notice, whose sending was answered without an id. */
  template_id: string | null
  msgid: string
  outcome: 'delivered' | 'refused_by_user' | 'system_failed' | 'failed'
  received_at: number
}

export type ReceiptRow = Selectable<ReceiptTable>

/** A notice to a list of users. */
export interface BatchRow {
  id: string
  app_id: string
  state: 'running' | 'paused' | 'cancelled' | 'finished'
  /** Why it is paused, where nobody asked for that. */
  reason: 'internal' | null
  total: number
  /** Of how many nothing was made any more when it was cancelled. */
  dropped: number
  template: string
  /** The account that the site named. */
  asked_appid: string | null
  /** What all are told; gone when the batch is finished. */
  said_sealed: Uint8Array | null
  send_at: number | null
  not_after: number
  created_at: number
  finished_at: number | null
  idempotency_key: string | null
  request_hash: string | null
}

/** A piece of a batch's list that has not become messages yet. */
export interface BatchPartRow {
  batch_id: string
  first: number
  size: number
  /** How often somebody was erased from it: what was read before that is not to be used. */
  edits: number
  users_sealed: Uint8Array
}
