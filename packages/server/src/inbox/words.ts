import { parseXml } from '@hufu/wechat'
import type { Messages } from '../messages/messages.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'
import { listDocuments } from './queries.ts'

/** What an app's users wrote, by the ids of their messages. It is nowhere but in the inbox: gone when they leave, or after a week. */
export type WordsOf = (appId: string, messageIds: string[]) => Promise<Map<string, string>>

export function createWords(deps: { store: Store; vault: Vault; messages: Pick<Messages, 'pushesOf'> }): WordsOf {
  const { store, vault, messages } = deps
  return async (appId, messageIds) => {
    const words = new Map<string, string>()
    const pushes = await messages.pushesOf(appId, messageIds)
    if (pushes.size === 0) return words
    const rows = await listDocuments(store.db, [...new Set(pushes.values())])
    const documents = new Map(rows.map((row) => [row.dedupe_key, row.document_sealed]))
    for (const [id, key] of pushes) {
      const sealed = documents.get(key)
      if (sealed) words.set(id, contentOf(vault.open(documentPlace(key), sealed)))
    }
    return words
  }
}

export function documentPlace(dedupeKey: string): string {
  return `inbox.document.${dedupeKey}`
}

export function contentOf(document: string): string {
  return parseXml(document).find(({ name }) => name === 'Content')?.text ?? ''
}
