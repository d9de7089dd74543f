import type { Push } from '@hufu/wechat'
import type { Clock } from '../store/clock.ts'
import type { Batch, Db, Tx } from '../store/store.ts'
import type { Keeper, WechatIndex } from '../users/users.ts'
import {
  addPermission,
  addPermissions,
  deletePermission,
  deletePermissionsOf,
  endPermission,
  endPermissionsOf,
  givePermissionBack,
  listPermissions,
  type PermissionRow,
  usePermission,
} from './queries.ts'

type Key = Pick<PermissionRow, 'appid' | 'openid_index'> & {
  template_id: string
  /** Of a one-time subscription message, which is allowed for one scene. */
  scene?: number | null
}

export interface Permission {
  appid: string
  templateId: string
  scene: number | undefined
  remaining: number
}

/** What followers have allowed an account to notify them of: counted from WeChat's events, and by what WeChat refuses. */
export interface Permissions {
  /** For a batch of arrivals. */
  hear(batch: Batch): HeardPermissions
  /** One message more, by what a person has confirmed at WeChat's page. */
  allow(tx: Tx, of: Key & { scene: number }): Promise<void>
  /** Takes one of a template that is good for one notice each; of another only looks. @returns whether there was one */
  use(tx: Tx, of: Key, isOneTime: boolean): Promise<boolean>
  /** It was not needed after all: nothing was accepted. */
  giveBack(tx: Tx, of: Key): Promise<void>
  /** WeChat knows of none. */
  end(tx: Tx, of: Key): Promise<void>
  list(db: Db | Tx, appid: string, openidIndex: string): Promise<Permission[]>
  /** These people follow no more: what they allowed is over. */
  forgetOf(tx: Tx, appid: string, openidIndexes: string[]): Promise<void>
  keeper: Keeper
}

export interface HeardPermissions {
  tell(appid: string, openidIndex: string, push: Push): void
  forget(wechat: WechatIndex): void
  put(): void
}

export function createPermissions({ clock, db }: { clock: Clock; db: Db }): Permissions {
  return {
    hear(batch) {
      const added = new Map<string, [...Parameters<typeof keyOf>, count: number]>()
      const ended = new Map<string, Parameters<typeof keyOf>>()
      const forgotten = new Map<string, WechatIndex>()
      return {
        tell(appid, openidIndex, push) {
          if (push.kind !== 'subscribe_msg_popup' && push.kind !== 'subscribe_msg_change') return
          for (const { templateId, subscribeStatusString } of push.items) {
            const of = [appid, openidIndex, templateId] as const
            const key = keyOf(...of)
            // Said no to in a dialog, what was allowed before stays; switched off in the settings, it is over.
            if (subscribeStatusString === 'accept') added.set(key, [...of, (added.get(key)?.[3] ?? 0) + 1])
            else if (push.kind === 'subscribe_msg_change') {
              added.delete(key)
              ended.set(key, [...of])
            }
          }
        },
        forget(wechat) {
          for (const [key, [appid, index]] of added) if (appid === wechat[0] && index === wechat[1]) added.delete(key)
          forgotten.set(wechat.join(' '), wechat)
        },
        put() {
          const now = clock.now()
          batch.put(endPermissionsOf, [...forgotten.values()].toSorted(), 'any')
          batch.put(endPermission, [...ended.values()].toSorted(), 'any')
          batch.put(
            addPermissions,
            [...added.values()].toSorted().map((row) => [...row, now]),
            'any',
          )
        },
      }
    },
    allow: (tx, of) => addPermission(tx, rowKeyOf(of), clock.now()),
    use: (tx, of, isOneTime) => usePermission(tx, rowKeyOf(of), isOneTime ? 1 : 0),
    giveBack: (tx, of) => givePermissionBack(tx, rowKeyOf(of)),
    end: (tx, of) => deletePermission(tx, rowKeyOf(of)),
    list,
    forgetOf: deletePermissionsOf,
    keeper: {
      name: 'permissions',
      async show({ wechats }) {
        const rows = await Promise.all(wechats.map(([appid, index]) => list(db, appid, index)))
        return rows.flat().map(({ appid, templateId, ...more }) => ({ account: appid, template: templateId, ...more }))
      },
      async forget(tx, { wechats }, appId) {
        if (appId !== undefined) return
        for (const [appid, index] of wechats) await deletePermissionsOf(tx, appid, [index])
      },
    },
  }
}

/** No id of WeChat's has a `#`. */
function rowKeyOf({ appid, openid_index, template_id, scene }: Key) {
  return { appid, openid_index, template_id: scene == null ? template_id : `${template_id}#${scene}` }
}

async function list(db: Db | Tx, appid: string, openidIndex: string): Promise<Permission[]> {
  return (await listPermissions(db, appid, openidIndex)).map(({ template_id, remaining }) => {
    const [templateId = '', scene] = template_id.split('#')
    return { appid, templateId, scene: scene === undefined ? undefined : Number(scene), remaining }
  })
}

function keyOf(appid: string, openidIndex: string, templateId: string): string {
  return `${appid} ${openidIndex} ${templateId}`
}
