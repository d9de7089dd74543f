import { setTimeout as pause } from 'node:timers/promises'
import { type Event, type Hufu, HufuError } from '@hufu/client'
import type { Challenges } from './challenges.ts'
import type { Database } from './database.ts'
import type { Links } from './links.ts'
import type { Users } from './users.ts'

const pauseMs = 2_000

/** Follows Hufu's event feed, so that the site learns what happened elsewhere or while it was away. */
export function createFeed(deps: { database: Database; users: Users; links: Links; challenges: Challenges }) {
  const { database, users, links, challenges } = deps
  let stopping = new AbortController()
  let following: Promise<void> = Promise.resolve()

  async function handle(hufu: Hufu, { type, data }: Event): Promise<void> {
    if (type === 'code.failed') challenges.fail(String(data.code_id), String(data.reason))
    if (type !== 'binding.created' && type !== 'binding.removed') return
    const hufuUserId = String(data.user_id)
    const userId = users.findByHufuId(hufuUserId)?.id ?? (await externalIdOf(hufu, hufuUserId))
    if (userId) await links.refresh(userId)
  }

  async function readOn(hufu: Hufu, signal: AbortSignal): Promise<void> {
    const row = database.prepare('SELECT last_event_id FROM feed').get()
    const after = row && String(row.last_event_id)
    for await (const event of hufu.events.follow({ after, signal })) {
      await handle(hufu, event)
      // After handling: an event may come twice, but none is lost.
      database.prepare('INSERT OR REPLACE INTO feed (one, last_event_id) VALUES (1, ?)').run(event.id)
    }
  }

  async function follow(hufu: Hufu, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await readOn(hufu, signal)
      } catch (error) {
        if (!(error instanceof HufuError) || !error.passes) throw error
        await pause(pauseMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await following
  }

  return {
    /** Goes on where it stopped last. */
    follow(hufu: Hufu): void {
      const before = stop()
      stopping = new AbortController()
      const { signal } = stopping
      following = before
        .then(() => follow(hufu, signal))
        .catch((error) => console.error('The demo site follows the event feed no longer:', error))
    },
    close: stop,
  }
}

async function externalIdOf(hufu: Hufu, hufuUserId: string): Promise<string | undefined> {
  try {
    return (await hufu.users.get(hufuUserId)).external_user_id
  } catch (error) {
    if (error instanceof HufuError && error.code === 'not_found') return undefined
    throw error
  }
}
