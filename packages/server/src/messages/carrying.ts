import type { TemplateData } from '@hufu/wechat'
import type { Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Tx } from '../store/store.ts'
import type { MessageRow } from '../store/tables.ts'
import type { Vault } from '../vault/vault.ts'
import type { Filling } from './contents.ts'
import { draft } from './drafting.ts'
import { changeMessage, findMessage, insertMessage } from './queries.ts'
import { sendJob } from './send-job.ts'

/** What somebody waits for in front of a page: it has a lane of its own, and is forgotten as soon as WeChat has it. */
export interface UrgentMessage extends Pick<MessageRow, 'id' | 'app_id' | 'appid' | 'openid_index' | 'not_after'> {
  says: string | { templateId: string; data: TemplateData; inWords: string }
}

export interface Carrying {
  /** Part of the transaction. */
  carry(tx: Tx, message: UrgentMessage): Promise<void>
  /** What is not sent yet is not sent any more, and nobody is told. */
  withdraw(tx: Tx, appId: string, id: string): Promise<void>
}

export function createCarrying(deps: { vault: Vault; clock: Clock; outbox: Pick<Outbox, 'enqueue'> }): Carrying {
  const { vault, clock, outbox } = deps
  return {
    async carry(tx, { says, ...to }) {
      const isText = typeof says === 'string'
      const content = isText ? says : JSON.stringify({ data: says.data, inWords: says.inWords } satisfies Filling)
      const via = isText
        ? ({ via: 'customer_service' } as const)
        : ({ via: 'template', template_id: says.templateId } as const)
      const message = draft(vault, content, { ...to, ...via, lane: 'codes', created_at: clock.now() })
      await insertMessage(tx, message)
      await outbox.enqueue(tx, sendJob(message))
    },
    async withdraw(tx, appId, id) {
      const message = await findMessage(tx, appId, id)
      if (message?.state !== 'ready') return
      const finished_at = clock.now()
      await changeMessage(tx, message, { state: 'failed', reason: 'cancelled', text_sealed: null, finished_at })
    },
  }
}
