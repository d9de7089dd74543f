import { newId } from '../ids.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { contentPlace } from './contents.ts'

type Needed = 'app_id' | 'appid' | 'openid_index' | 'not_after' | 'created_at'

/** A message that waits to be sent; what it says is sealed from the start. */
export function draft(
  vault: Vault,
  content: string,
  { id = newId('ms'), via = null, ...of }: Pick<MessageRow, Needed> & Partial<MessageRow>,
): MessageRow {
  return {
    id,
    answers: null,
    dedupe_key: null,
    state: 'ready',
    sent_as: null,
    reason: null,
    text_sealed: vault.seal(contentPlace({ id, via }), content),
    idempotency_key: null,
    request_hash: null,
    started_at: null,
    finished_at: null,
    via,
    lane: 'messages',
    template_id: null,
    scene: null,
    send_at: null,
    first_started_at: null,
    msgid: null,
    delivered_at: null,
    resent: 0,
    skipped: null,
    batch_id: null,
    batch_position: null,
    held: 0,
    next_at: null,
    tries: 0,
    refusals: 0,
    wechat_errcode: null,
    ...of,
  }
}
