import type { Accounts } from '../accounts/accounts.ts'
import type { Apps } from '../apps/apps.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { type ConflictRow, listUnnotified, setTold, takeUnnotified } from './queries.ts'
import { chatText, type Notice } from './texts.ts'

/** Says something to somebody's chat. @returns the message that is on its way, where WeChat may take it */
export type Tell = (
  tx: Tx,
  who: { appid: string; openidIndex: string },
  text: string,
) => Promise<{ id: string } | undefined>

/** What is said about a conflict in the chats of the people whom it concerns, where WeChat lets it be said. */
export interface Telling {
  /** To a WeChat of the account that it is about. @returns the message, if there is one */
  say(tx: Tx, row: ConflictRow, index: string | null, what: Notice): Promise<string | null>
  /** Job: of what was met lately, those are told who are not at the page. */
  notify(job: Job): Promise<void>
  /** WeChat has taken this message: from now on silence is an answer. */
  taken(tx: Tx, message: string): Promise<void>
}

/** What nobody was told by then has lost its reason. */
const freshMs = 10 * 60_000
const atOnce = 100

export function createTelling(deps: {
  store: Store
  clock: Clock
  users: Users
  apps: Apps
  accounts: Pick<Accounts, 'find'>
  publicUrl: () => string
  pathOf: (row: ConflictRow) => string
  tell: Tell
}): Telling {
  const { store, clock, users, apps, tell } = deps

  async function write(
    tx: Tx,
    row: ConflictRow,
    [appid, openidIndex]: [string, string],
    what: Notice,
  ): Promise<string | null> {
    const app = row.app_id === null ? '' : (apps.find(row.app_id)?.name ?? '')
    const text = chatText(what, { app, url: deps.publicUrl() + deps.pathOf(row) }, row.locale)
    return (await tell(tx, { appid, openidIndex }, text))?.id ?? null
  }

  /** Who scanned reads it where they scanned; of twins nobody is at a page. */
  async function notifyOf(tx: Tx, row: ConflictRow): Promise<void> {
    // The page proves its reader by the account that this is about; one without pages has none to show.
    const hasPage = deps.accounts.find(row.appid)?.capabilities.webOauth === true
    if (row.reason === 'same_person') {
      if (!hasPage) return
      for (const { appid, index } of (await users.listTwins(tx, row)) ?? []) {
        await write(tx, row, [appid, index], 'same_person')
      }
      return
    }
    const otherSide = row.reason === 'user_already_bound' ? row.user_id : row.other_user_id
    for (const { appid, index } of otherSide === null ? [] : await users.wechatsOf(tx, otherSide)) {
      if (index === row.wechat_index) continue
      // The page is for the WeChat that would lose its place.
      const isHere = hasPage && row.reason === 'user_already_bound' && appid === row.appid
      await write(tx, row, [appid, index], isHere ? 'met_here' : 'met')
    }
  }

  return {
    say: async (tx, row, index, what) => (index === null ? null : write(tx, row, [row.appid, index], what)),
    async notify({ write: keep, signal }) {
      for (const { id } of await listUnnotified(store.db, clock.now() - freshMs, atOnce)) {
        if (signal.aborted) return
        await keep(async (tx) => {
          const row = await takeUnnotified(tx, id, clock.now())
          if (row) await notifyOf(tx, row)
        })
      }
    },
    taken: (tx, message) => setTold(tx, message, clock.now()),
  }
}
