import { LimitError, type Menu, parseMenu } from '@hufu/wechat'
import { type Account, type Accounts, askWechat } from '../accounts/accounts.ts'
import { DomainError } from '../errors.ts'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { findMenu, putDraft, setPublished } from './queries.ts'

/** An account's menu: the draft that is kept here, and what the phones were last given. */
export interface MenuState {
  draft: Menu | undefined
  savedAt: number | undefined
  published: Menu | undefined
  publishedAt: number | undefined
}

export interface Menus {
  get(appid: string): Promise<MenuState>
  /** Keeps a draft, checked by WeChat's limits; phones see nothing of it yet. */
  save(appid: string, menu: unknown): Promise<MenuState>
  /** Gives the draft to WeChat. Phones show it within five minutes, or when they open the chat anew. */
  publish(appid: string): Promise<MenuState>
  /** Takes the menu away from the phones; the draft stays. */
  withdraw(appid: string): Promise<MenuState>
}

export function createMenus(deps: { store: Store; clock: Clock; accounts: Accounts }): Menus {
  const { store, clock, accounts } = deps

  async function get(appid: string): Promise<MenuState> {
    accounts.get(appid)
    const row = await findMenu(store.db, appid)
    return {
      draft: row && JSON.parse(row.draft),
      savedAt: row?.saved_at,
      published: row?.published ? JSON.parse(row.published) : undefined,
      publishedAt: row?.published_at ?? undefined,
    }
  }

  function able(appid: string): Account {
    const account = accounts.get(appid)
    if (account.capabilities.menu) return account
    throw new DomainError('account_capability_missing', 'WeChat gives unverified subscription accounts no menu by API.')
  }

  return {
    get,
    async save(appid, menu) {
      accounts.get(appid)
      const draft = JSON.stringify(read(menu))
      await store.write((tx) => putDraft(tx, { appid, draft, saved_at: clock.now() }))
      return get(appid)
    },
    async publish(appid) {
      const account = able(appid)
      const { draft } = await get(appid)
      if (!draft) throw new DomainError('not_found', `Account ${appid} has no menu yet.`)
      await askWechat(appid, () => account.client.menuCreate(draft))
      const published = JSON.stringify(draft)
      await store.write((tx) => setPublished(tx, { appid, published, published_at: clock.now() }))
      return get(appid)
    },
    async withdraw(appid) {
      const account = able(appid)
      await askWechat(appid, () => account.client.menuDelete())
      await store.write((tx) => setPublished(tx, { appid, published: null, published_at: null }))
      return get(appid)
    },
  }
}

function read(menu: unknown): Menu {
  try {
    return parseMenu(menu)
  } catch (error) {
    if (!(error instanceof LimitError)) throw error
    const message = error.message.slice(error.field.length + 1)
    throw new DomainError('invalid_value', { detail: error.message, errors: [{ path: error.field, message }] })
  }
}
