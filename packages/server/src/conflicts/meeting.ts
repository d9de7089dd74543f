import type { Accounts } from '../accounts/accounts.ts'
import type { Events } from '../events/events.ts'
import { newId } from '../ids.ts'
import type { Clock } from '../store/clock.ts'
import type { Batch, Tx } from '../store/store.ts'
import type { FlowRow } from '../store/tables.ts'
import type { Joining, Twins, Users } from '../users/users.ts'
import { type ConflictRow, insertConflict, type NewConflict, putConflict, valuesOf } from './queries.ts'

export type Conflict = Extract<Joining, { outcome: 'conflict' }>

/** A bind that met one. */
export interface Met {
  conflict: Conflict
  flow: Pick<FlowRow, 'id' | 'app_id' | 'appid' | 'external_index' | 'display_name' | 'locale'>
  wechatIndex: string
}

/** How a conflict comes to be written down, and the sites to hear of it. */
export interface Meeting {
  /** The bind ends here: it is written down, and the site is told. */
  meet(tx: Tx, met: Met): Promise<ConflictRow>
  /** The same for a batch of arrivals, where a scan alone confirms. */
  gather(batch: Batch): { meet(met: Met): void; put(): void }
}

/** One conflict, however often it is met. */
export function dedupeOf({ conflict, flow, wechatIndex }: Met): string {
  return `${conflict.reason} ${flow.app_id} ${wechatIndex} ${flow.external_index}`
}

export function createMeeting(deps: {
  clock: Clock
  events: Events
  users: Users
  accounts: Pick<Accounts, 'find'>
  tellApps: (
    tx: Tx,
    row: ConflictRow,
    type: 'binding.conflict',
    userIds: string[],
    more: Record<string, unknown>,
  ) => Promise<void>
}): Meeting {
  const { clock, events, users } = deps

  function newRow(about: Omit<NewConflict, 'id' | 'holder_index' | 'state' | 'seen' | 'created_at' | 'updated_at'>) {
    const now = clock.now()
    const begun = { state: 'open', seen: 1, created_at: now, updated_at: now } as const
    return { id: newId('cf'), holder_index: null, ...about, ...begun }
  }

  function rowOf(met: Met): NewConflict {
    const { conflict, flow, wechatIndex } = met
    return newRow({
      dedupe: dedupeOf(met),
      reason: conflict.reason,
      app_id: flow.app_id,
      appid: flow.appid,
      flow_id: flow.id,
      user_id: conflict.userId,
      other_user_id: conflict.otherUserId ?? null,
      wechat_index: wechatIndex,
      external_index: flow.external_index,
      display_name: flow.display_name,
      locale: flow.locale,
    })
  }

  function rowOfTwins({ userId, otherUserId, appid, openidIndex }: Twins): NewConflict {
    return newRow({
      dedupe: `same_person ${[userId, otherUserId].toSorted().join(' ')}`,
      reason: 'same_person',
      app_id: null,
      appid,
      flow_id: null,
      user_id: userId,
      other_user_id: otherUserId,
      wechat_index: openidIndex,
      external_index: null,
      display_name: null,
      locale: deps.accounts.find(appid)?.locale ?? 'zh-CN',
    })
  }

  users.onTwins(async (tx, twins) => {
    const row = await putConflict(tx, rowOfTwins(twins))
    if (row.seen > 1) return
    await deps.tellApps(tx, row, 'binding.conflict', [twins.userId, twins.otherUserId], { reason: row.reason })
  })

  return {
    async meet(tx, met) {
      const row = await putConflict(tx, rowOf(met))
      const holder = await users.findPublicId(tx, met.flow.app_id, row.user_id)
      const about = {
        conflict_id: row.id,
        flow_id: met.flow.id,
        reason: row.reason,
        ...(holder && { user_id: holder }),
      }
      events.append(tx, met.flow.app_id, 'binding.conflict', about)
      return row
    },
    gather(batch) {
      const met = new Map<string, NewConflict>()
      return {
        meet(one) {
          const row = rowOf(one)
          met.set(row.dedupe ?? row.id, row)
        },
        put() {
          const rows = [...met.values()].toSorted((a, b) => ((a.dedupe ?? '') < (b.dedupe ?? '') ? -1 : 1))
          batch.put(insertConflict, rows.map(valuesOf), 'any')
        },
      }
    },
  }
}
