import type { Clock } from '../store/clock.ts'
import type { Batch, Tx } from '../store/store.ts'
import type { Keeper, WechatIndex } from '../users/users.ts'
import { deleteGuardsBefore, deleteGuardsOf, guardedWechats, hasGuard, listGuardsOf, putGuards } from './queries.ts'

/** WeChats whose holders disowned a sign-in lately. It is the WeChat that is guarded, since users come and go with links. */
export interface Guards {
  keeper: Keeper
  /** Until then, whoever logs in by one of these carries six digits to the PC. */
  put(tx: Tx, wechats: WechatIndex[], until: number): Promise<void>
  isGuarded(tx: Tx, appid: string, openidIndex: string): Promise<boolean>
  /** @returns the indexes of the openids that are guarded */
  gather(batch: Batch, wechats: WechatIndex[]): Promise<Set<string>>
  /** @returns how many were over, and are gone */
  forgetSome(tx: Tx, limit: number): Promise<number>
}

export function createGuards({ clock, db }: { clock: Clock; db: Parameters<typeof listGuardsOf>[0] }): Guards {
  return {
    keeper: {
      name: 'guards',
      async show({ wechats }) {
        const rows = await listGuardsOf(db, wechats)
        return rows.map(({ appid, until }) => ({ account: appid, until: new Date(until).toISOString() }))
      },
      async forgetHeld(tx, { wechats }, appId) {
        if (appId === undefined) await deleteGuardsOf(tx, wechats)
      },
    },
    put: putGuards,
    isGuarded: (tx, appid, openidIndex) => hasGuard(tx, appid, openidIndex, clock.now()),
    async gather(batch, wechats) {
      const now = clock.now()
      const rows = await batch.find<{ openid_index: string }>(
        guardedWechats,
        wechats.map(([appid, index]) => [appid, index, now]),
      )
      return new Set(rows.map((row) => row.openid_index))
    },
    forgetSome: (tx, limit) => deleteGuardsBefore(tx, clock.now(), limit),
  }
}
