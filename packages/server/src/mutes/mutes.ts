import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Tx } from '../store/store.ts'
import type { Keeper, WechatIndex } from '../users/users.ts'
import { deleteMutes, endMutes, insertMute, isMuted, listMutes, putMute } from './queries.ts'

interface Follower {
  appid: string
  openidIndex: string
}

/** Followers who want no notices of a site. Codes, and what they are answered, still come. */
export interface Mutes {
  isMuted(db: Db | Tx, follower: Follower, appId: string): Promise<boolean>
  list(db: Db | Tx, follower: Follower): Promise<string[]>
  set(tx: Tx, follower: Follower, appId: string, isMuted: boolean): Promise<void>
  /** For a batch of arrivals: what people say in the chat. */
  hear(batch: Batch): HeardMutes
  keeper: Keeper
}

export interface HeardMutes {
  /** @returns what it was, when these words are about notices */
  tell(wechat: WechatIndex, words: string, appIds: string[]): 'muted' | 'unmuted' | undefined
  put(): void
}

/** As Chinese services have taught people. */
const words = { muted: ['td', '退订', 'unsubscribe'], unmuted: ['恢复订阅', '恢复通知', 'resubscribe'] }

export function createMutes({ clock, db }: { clock: Clock; db: Db }): Mutes {
  return {
    isMuted: (database, { appid, openidIndex }, appId) => isMuted(database, appid, openidIndex, appId),
    list: async (database, { appid, openidIndex }) =>
      (await listMutes(database, appid, openidIndex)).map(({ app_id }) => app_id),
    async set(tx, { appid, openidIndex }, appId, isMutedNow) {
      const row = { appid, openid_index: openidIndex, app_id: appId }
      await (isMutedNow ? putMute(tx, { ...row, since: clock.now() }) : deleteMutes(tx, row))
    },
    hear(batch) {
      const muted = new Map<string, [...WechatIndex, appId: string]>()
      const ended = new Map<string, WechatIndex>()
      return {
        tell(wechat, said, appIds) {
          const word = said.normalize('NFKC').trim().toLowerCase()
          if (words.muted.includes(word)) {
            for (const appId of appIds) muted.set(`${wechat.join(' ')} ${appId}`, [...wechat, appId])
            return 'muted'
          }
          if (!words.unmuted.includes(word)) return undefined
          for (const appId of appIds) muted.delete(`${wechat.join(' ')} ${appId}`)
          ended.set(wechat.join(' '), wechat)
          return 'unmuted'
        },
        put() {
          const now = clock.now()
          batch.put(endMutes, [...ended.values()].toSorted(), 'any')
          batch.put(
            insertMute,
            [...muted.values()].toSorted().map((row) => [...row, now]),
            'any',
          )
        },
      }
    },
    keeper: {
      name: 'mutes',
      async show({ wechats }) {
        const rows = await Promise.all(wechats.map(([appid, index]) => listMutes(db, appid, index)))
        return rows
          .flat()
          .map(({ appid, app_id, since }) => ({ account: appid, app: app_id, since: new Date(since).toISOString() }))
      },
      async forget(tx, { wechats }, appId) {
        for (const [appid, index] of wechats) await deleteMutes(tx, { appid, openid_index: index, app_id: appId })
      },
    },
  }
}
