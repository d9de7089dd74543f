import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Keeper, Person } from '../users/users.ts'
import { type Profiles, profileView } from './profiles.ts'
import { deleteIdempotencyKeysOf, deleteTheirs, type FlowRow, holdTheirs, listTheirs, type Theirs } from './queries.ts'
import { longestLifeMs } from './secrets.ts'
import { kindOf, type Verifying } from './verifying.ts'
import { stateOf } from './view.ts'

/** The flows of a person, by whoever scanned and by whom the site named: exported while they last, deleted with the rest. */
export function createKeeper(deps: {
  store: Store
  clock: Clock
  profiles: Profiles
  verifying: Pick<Verifying, 'purposeOf'>
  announce: (tx: Tx, row: { id: string }) => void
}): Keeper {
  const { store, clock, profiles, verifying, announce } = deps

  function theirs({ wechats, externals, apps }: Person, appId: string | undefined): Theirs {
    const isOf = (one: { appId: string }) => appId === undefined || one.appId === appId
    const indexes = externals.filter(isOf).map(({ index }) => index)
    return {
      // PostgreSQL has no empty list; nobody's index is empty.
      scanners: ['', ...wechats.map(([, index]) => index)],
      externals: ['', ...indexes],
      // An id that nobody had when the site named them stands as its index.
      named: ['', ...indexes, ...apps.filter(isOf).map(({ publicId }) => publicId)],
      appId,
      scannedAfter: clock.now() - longestLifeMs,
    }
  }

  return {
    name: 'flows',
    async show(person, appId) {
      const rows = await listTheirs(store.db, theirs(person, appId))
      const at = (time: number) => new Date(time).toISOString()
      const profileOf = (row: FlowRow) => {
        const profile = profiles.of(row)
        return profile && { profile: profileView(profile) }
      }
      const purposeOf = (row: FlowRow) => {
        const purpose = verifying.purposeOf(row)
        return purpose !== undefined && { purpose }
      }
      return rows.map((row) => ({
        id: row.id,
        kind: kindOf(row),
        ...purposeOf(row),
        state: stateOf(row, clock.now()),
        account: row.appid,
        created_at: at(row.created_at),
        ...(row.scanned_at !== null && { scanned_at: at(row.scanned_at) }),
        ...(row.browser && { browser: JSON.parse(row.browser) }),
        ...profileOf(row),
        ...(row.metadata && { metadata: JSON.parse(row.metadata) }),
      }))
    },
    // All of them, whatever app's: a person with nothing left is erased.
    part: (tx, person) => holdTheirs(tx, theirs(person, undefined)),
    async forget(tx, person, appId) {
      const gone = await deleteTheirs(tx, theirs(person, appId))
      for (const row of gone) announce(tx, row)
      await deleteIdempotencyKeysOf(
        tx,
        gone.map(({ id }) => id),
      )
    },
  }
}
