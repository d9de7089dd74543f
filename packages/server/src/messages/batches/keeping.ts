import type { Store } from '../../store/store.ts'
import type { Keeper, Person, Users } from '../../users/users.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Listed, openUsers, sealUsers } from './lists/lists.ts'
import { changePart, holdPartsOf, listPartsOf } from './lists/queries.ts'

/** Whoever is erased is in no list any more; where a list has become messages, those are forgotten as messages. */
export function createBatchKeeper(deps: { store: Store; vault: Vault; users: Pick<Users, 'externalKey'> }): Keeper {
  const { store, vault, users } = deps

  function appsOf({ apps, externals }: Person, appId: string | undefined): string[] {
    const all = new Set([...apps, ...externals].map((one) => one.appId))
    return appId === undefined ? [...all] : [...all].filter((id) => id === appId)
  }

  /** Whether somebody in a list of this app is the person. */
  function isOf({ apps, externals }: Person, appId: string): (listed: Listed | null) => boolean {
    const ids = new Set(apps.filter((app) => app.appId === appId).map((app) => app.publicId))
    const indexes = new Set(externals.filter((one) => one.appId === appId).map(({ index }) => index))
    return (listed) =>
      listed !== null &&
      (ids.has(listed.user) || (indexes.size > 0 && indexes.has(users.externalKey(appId, listed.user).index)))
  }

  return {
    name: 'batches',
    async show(person, appId) {
      const apps = appsOf(person, appId)
      const parts = apps.length === 0 ? [] : await listPartsOf(store.db, apps)
      return parts.flatMap((part) =>
        openUsers(vault, part)
          .filter(isOf(person, part.app_id))
          .map((listed) => ({ batch: part.batch_id, app: part.app_id, ...(listed?.data && { data: listed.data }) })),
      )
    },
    async forget(tx, person, appId) {
      const apps = appsOf(person, appId)
      if (apps.length === 0) return
      for (const part of await holdPartsOf(tx, apps)) {
        const isPerson = isOf(person, part.app_id)
        const listed = openUsers(vault, part)
        if (!listed.some(isPerson)) continue
        const others = listed.map((one) => (isPerson(one) ? null : one))
        await changePart(tx, part, sealUsers(vault, part, others))
      }
    },
  }
}
