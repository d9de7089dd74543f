import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import { contentPlace, type Filling, viaOf } from './contents.ts'
import { changeMessage } from './queries.ts'

/**
 * Once the day's templates are used up: what can also be said in words waits to be said so, at once. Of nothing that WeChat may have already.
 * @returns whether that is so
 */
export function createWording({ vault }: { vault: Vault }): (tx: Tx, message: MessageRow) => Promise<boolean> {
  return async (tx, message) => {
    if (viaOf(message) !== 'template' || message.lane !== 'codes' || !message.text_sealed) return false
    const place = contentPlace(message)
    const { inWords }: Filling = JSON.parse(vault.open(place, message.text_sealed))
    if (inWords === undefined) return false
    return changeMessage(tx, message, {
      state: 'ready',
      via: 'customer_service',
      template_id: null,
      text_sealed: vault.seal(contentPlace({ ...message, via: 'customer_service' }), inWords),
      started_at: null,
      first_started_at: null,
      next_at: null,
      tries: 0,
      refusals: 0,
      wechat_errcode: null,
    })
  }
}
