import type { Account } from '../accounts/accounts.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch } from '../store/store.ts'
import type { Keeper } from '../users/users.ts'
import { chatTriesOf, deleteChatTriesBefore, deleteChatTriesOf, insertChatTry, updateChatTry } from './queries.ts'

/** What somebody wrote in the chat, where it may be meant for a flow. */
export type Typed = { kind: 'code'; code: string } | { kind: 'number'; digits: string } | { kind: 'decline' }

const separators = /[\s\-‐-―_.·]/g
const codeShape = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/
const declining = new Set(['拒绝', '取消', '不是我', 'no', 'decline', 'cancel'])

/** Full-width letters, lower case, spaces and hyphens come with keyboards and copying; they mean the same. */
export function readTyped(text: string): Typed | undefined {
  if (text.length > 64) return undefined
  const plain = text.normalize('NFKC').replace(separators, '')
  const code = plain.toUpperCase()
  if (codeShape.test(code)) return { kind: 'code', code }
  if (/^[0-9]{2}$/.test(plain)) return { kind: 'number', digits: plain }
  return declining.has(plain.toLowerCase().replace(/[。!]$/, '')) ? { kind: 'decline' } : undefined
}

/** Where the account has no web authorisation no page can prove who holds the phone: the number does, typed in the chat. */
export function confirmsInChat(account: Account): boolean {
  return !account.capabilities.webOauth
}

const wrongCodes = 5
const wrongCodesMs = 10 * 60_000
const atOnce = 500

/** Wrong codes of the people of one batch, counted over the whole fleet: who has typed five in ten minutes is not listened to. */
export interface ChatTries {
  isLocked(openidIndex: string): boolean
  countWrong(openidIndex: string): void
  put(): void
}

interface Tries {
  openid_index: string
  tries: number
  since: number
}

export interface Chat {
  gather(batch: Batch, openidIndexes: string[]): Promise<ChatTries>
  keeper: Keeper
  /** Deletes counts past their time. */
  forget(job: Job): Promise<void>
}

export function createChat({ clock }: { clock: Clock }): Chat {
  return {
    gather: (batch, openidIndexes) => gatherTries(batch, clock, openidIndexes),
    keeper: {
      name: 'chat_tries',
      async forget(tx, { wechats }, appId) {
        if (appId !== undefined) return
        await deleteChatTriesOf(
          tx,
          wechats.map(([, index]) => index),
        )
      },
    },
    async forget({ write }) {
      const before = clock.now() - wrongCodesMs
      while ((await write((tx) => deleteChatTriesBefore(tx, before, atOnce))) === atOnce);
    },
  }
}

async function gatherTries(batch: Batch, clock: Clock, openidIndexes: string[]): Promise<ChatTries> {
  const found = await batch.find<Tries>(
    chatTriesOf,
    [...new Set(openidIndexes)].map((index) => [index]),
  )
  const read = new Map(found.map((row) => [row.openid_index, row]))
  const now = new Map(read)
  function current(openidIndex: string): Tries {
    const row = now.get(openidIndex)
    const isFresh = row && row.since > clock.now() - wrongCodesMs
    return isFresh ? row : { openid_index: openidIndex, tries: 0, since: clock.now() }
  }
  return {
    isLocked: (openidIndex) => current(openidIndex).tries >= wrongCodes,
    countWrong(openidIndex) {
      const row = current(openidIndex)
      now.set(openidIndex, { ...row, tries: row.tries + 1 })
    },
    put() {
      const changed = [...now.values()]
        .filter((row) => read.get(row.openid_index) !== row)
        .toSorted((a, b) => (a.openid_index < b.openid_index ? -1 : 1))
      const news = changed.filter((row) => !read.has(row.openid_index))
      batch.put(
        insertChatTry,
        news.map((row) => [row.openid_index, row.tries, row.since]),
        'each',
      )
      const updates = changed.flatMap((row) => {
        const before = read.get(row.openid_index)
        return before ? [[row.tries, row.since, row.openid_index, before.tries, before.since]] : []
      })
      batch.put(updateChatTry, updates, 'each')
    },
  }
}
