import type { Account } from './accounts.ts'
import type { Stream } from './stream.ts'

export type MenuButton = { name: string; type: string; key?: string; url?: string }
export type SubMenu = { name: string; sub_button: MenuButton[] }
export type Menu = (MenuButton | SubMenu)[]

/** Each account's menu, as the phones show it. */
export type Menus = {
  put(account: Account, menu: Menu, body: Record<string, unknown>): void
  find(appid: string): Menu | undefined
  /** What menu/create was given, which is what menu/get tells. */
  made(account: Account): Record<string, unknown> | undefined
  remove(account: Account): void
  clear(): void
}

export function createMenus({ stream }: { stream: Stream }): Menus {
  const menus = new Map<string, { menu: Menu; body: Record<string, unknown> }>()
  const tell = (account: Account) => stream.publish({ kind: 'accounts', account: account.appid })
  return {
    put(account, menu, body) {
      menus.set(account.appid, { menu, body })
      tell(account)
    },
    find: (appid) => menus.get(appid)?.menu,
    made: (account) => menus.get(account.appid)?.body,
    remove(account) {
      menus.delete(account.appid)
      tell(account)
    },
    clear: () => menus.clear(),
  }
}
