import { correction, generate } from 'lean-qr'
import { toPngDataURL } from 'lean-qr/extras/node_export'
import type { Account, Accounts } from '../accounts/accounts.ts'
import { base32 } from '../ids.ts'
import type { Store } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'

/** One more account of the company, to be followed. Whoever sees it learns its name and its code, and nothing else. */
export interface Invitation {
  name: string
  /** Its code as a picture, since WeChat reads a code on a long press only from a picture. */
  picture: string
}

/** The company's other accounts: accounts of one open platform are one company's. */
export interface Invitations {
  /** The other accounts beside this one, the same for everybody. */
  listBeside(appid: string): Invitation[]
  /** The accounts that this user does not follow, as far as we know, beside those that they came by. For nobody but them. */
  listOfUser(userId: string): Promise<Invitation[]>
  /** The same for who has just come by this WeChat, a user or not. */
  listOfWechat(appid: string, openidIndex: string): Promise<Invitation[]>
  /** `path`, which is to show it to them, where there is anything to show. */
  pathOfWechat(appid: string, openidIndex: string, path: string): Promise<string | undefined>
  /** The page beside this account, which says nothing about anybody; undefined where there is nothing to show. */
  pathBeside(appid: string): string | undefined
  /** The account beside which that page stands. */
  findByKey(key: string): string | undefined
}

const drawn = new Map<string, string>()
const drawingsKept = 100

export function createInvitations(deps: {
  store: Pick<Store, 'db'>
  vault: Vault
  accounts: Accounts
  users: Users
}): Invitations {
  const { store, vault, accounts, users } = deps
  /** No appid in an address that everybody may hand on. */
  const keyOf = (appid: string) => base32(vault.derive('follow page', appid).subarray(0, 16))

  function others(appids: string[], followed: string[]): Account[] {
    const platforms = new Set(appids.flatMap((appid) => accounts.find(appid)?.openPlatform ?? []))
    return accounts
      .list()
      .filter(({ appid, openPlatform }) => platforms.has(openPlatform ?? '') && !followed.includes(appid))
  }

  async function othersOfWechat(appid: string, openidIndex: string): Promise<Account[]> {
    const owner = await users.ownerOf(store.db, { kind: 'wechat', namespace: appid, index: openidIndex })
    const followed = owner ? await users.listFollowed(store.db, owner.userId) : []
    return others([appid], [appid, ...followed])
  }

  const invite = (all: Account[]): Invitation[] => all.map(({ name, followQr }) => ({ name, picture: draw(followQr) }))

  return {
    listBeside: (appid) => invite(others([appid], [appid])),
    async listOfUser(userId) {
      const theirs = await users.wechatsOf(store.db, userId)
      const appids = theirs.map(({ appid }) => appid)
      return invite(others(appids, await users.listFollowed(store.db, userId)))
    },
    listOfWechat: async (appid, openidIndex) => invite(await othersOfWechat(appid, openidIndex)),
    pathOfWechat: async (appid, openidIndex, path) =>
      (await othersOfWechat(appid, openidIndex)).length > 0 ? path : undefined,
    pathBeside: (appid) => (others([appid], [appid]).length > 0 ? `/follow/${keyOf(appid)}` : undefined),
    findByKey: (key) => accounts.list().find(({ appid }) => keyOf(appid) === key)?.appid,
  }
}

/** Black on white whatever the page's colours are: WeChat reads it from the screen. */
function draw(content: string): string {
  const known = drawn.get(content)
  if (known) return known
  const code = generate(content, { minCorrectionLevel: correction.M })
  const picture = toPngDataURL(code, { on: [0, 0, 0, 255], off: [255, 255, 255, 255], pad: 4, scale: 6 })
  if (drawn.size >= drawingsKept) drawn.delete(drawn.keys().next().value ?? '')
  drawn.set(content, picture)
  return picture
}
