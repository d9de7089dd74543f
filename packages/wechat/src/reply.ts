/** What may be answered in the HTTP response to a push. */
export type Reply = TextReply | MediaReply | VideoReply | MusicReply | NewsReply | TransferCustomerServiceReply

/** `content` may hold newlines and `<a href>` links: 1…2048 bytes of UTF-8. */
export interface TextReply {
  readonly type: 'text'
  readonly content: string
}
export interface MediaReply {
  readonly type: 'image' | 'voice'
  readonly mediaId: string
}
export interface VideoReply {
  readonly type: 'video'
  readonly mediaId: string
  readonly title?: string
  readonly description?: string
}
export interface MusicReply {
  readonly type: 'music'
  readonly thumbMediaId: string
  readonly title?: string
  readonly description?: string
  readonly musicUrl?: string
  readonly hqMusicUrl?: string
}
/** 1 article when answering a message, 1…8 when answering an event. */
export interface NewsReply {
  readonly type: 'news'
  readonly articles: readonly Article[]
}
export interface Article {
  readonly title: string
  readonly description: string
  readonly picUrl: string
  readonly url: string
}
/** Hands the conversation to the human customer service. */
export interface TransferCustomerServiceReply {
  readonly type: 'transfer_customer_service'
  readonly kfAccount?: string
}
