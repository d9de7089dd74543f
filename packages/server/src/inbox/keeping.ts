import type { Store } from '../store/store.ts'
import type { Keeper } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import { forgetDocumentsOf, listQuarantined, listWritten } from './queries.ts'
import { contentOf, documentPlace } from './words.ts'

/** What people wrote to the accounts: theirs and the accounts', and no app's. */
export function createKeeper({ store, vault }: { store: Store; vault: Vault }): Keeper {
  return {
    name: 'inbox',
    async show({ wechats }, appId) {
      if (appId !== undefined) return []
      const at = (time: number) => new Date(time).toISOString()
      const all = await Promise.all(
        wechats.map(async ([account, index]) => {
          const written = await listWritten(store.db, account, index)
          const unread = await listQuarantined(store.db, account, index)
          return [
            ...written.flatMap(({ dedupe_key: key, kind, created_at, document_sealed: sealed }) => {
              const text = sealed && contentOf(vault.open(documentPlace(key), sealed))
              return { account, kind, at: at(created_at), ...(text && { text }) }
            }),
            ...unread.map(({ received_at, document_sealed: sealed }) => {
              const document = vault.open(quarantinePlace(account), sealed)
              return { account, kind: 'unreadable', at: at(received_at), document }
            }),
          ]
        }),
      )
      return all.flat()
    },
    async forget(tx, { wechats }, appId) {
      if (appId !== undefined) return
      for (const [appid, index] of wechats) await forgetDocumentsOf(tx, appid, [index])
    },
  }
}

export function quarantinePlace(appid: string): string {
  return `quarantine.document.${appid}`
}
