import { EventEmitter } from 'node:events'
import { type Flow, type Hufu, HufuError, type Redemption } from '@hufu/client'
import { inventName, newUserId, type User, type Users } from './users.ts'

export type Links = ReturnType<typeof createLinks>

/** What the site knows of the links between its users and their WeChats. Hufu knows the truth; this follows it. */
export function createLinks(users: Users) {
  let hufu: Hufu | undefined
  const changes = new EventEmitter().setMaxListeners(0)

  function client(): Hufu {
    if (!hufu) throw new HufuError('not_configured', 503, { detail: 'The site has no API key yet.' })
    return hufu
  }

  function set(userId: string, hufuUserId: string | undefined): void {
    if (users.find(userId)?.hufuUserId === hufuUserId) return
    users.setHufuId(userId, hufuUserId)
    changes.emit(userId)
  }

  /** Tells Hufu by which id we know somebody from now on: whom we register ourselves, and whom Hufu has registered. */
  async function tellId(flowId: Flow['id'], redemption: Redemption, id: string): Promise<string | undefined> {
    const { registration_token, user } = redemption
    if (!registration_token) return user ? (await client().users.setExternalId(user.id, id)).id : undefined
    return (await client().flows.register(flowId, { registration_token, external_user_id: id })).user?.id
  }

  return {
    client,
    use(given: Hufu): void {
      hufu = given
    },
    /** Calls back when a user is linked or unlinked, here or elsewhere. @returns a function that ends it */
    watch(userId: string, listener: () => void): () => void {
      changes.on(userId, listener)
      return () => changes.off(userId, listener)
    },
    /** Asks Hufu how it stands. Right in any order and any number of times. */
    async refresh(userId: string): Promise<void> {
      if (!users.find(userId)) return
      const known = await client().users.findByExternalId(userId)
      set(userId, known && known.accounts.length > 0 ? known.id : undefined)
    },
    /** The site's user of a finished login; a person who is new gets an account, and Hufu is told its id. */
    async userOf(flowId: Flow['id'], redemption: Redemption, stem: string): Promise<{ user: User; isNew: boolean }> {
      const known = redemption.user?.external_user_id
      const id = known ?? newUserId()
      // First Hufu, then our own row: if we stop in between, the next login finds the id and makes the row.
      const hufuUserId = known ? redemption.user?.id : await tellId(flowId, redemption, id)
      const isNew = !users.find(id)
      users.add({ id, name: redemption.wechat.profile?.nickname || inventName(stem) })
      set(id, hufuUserId)
      const user = users.find(id)
      if (!user) throw new Error('a user just added is there')
      return { user, isNew }
    },
    linked(user: User, redemption: Redemption): void {
      set(user.id, redemption.user?.id)
    },
    async unlink(user: User): Promise<void> {
      if (!user.hufuUserId) return
      await client()
        .users.unlink(user.hufuUserId)
        .catch((error) => {
          if (!(error instanceof HufuError) || error.code !== 'not_found') throw error
        })
      set(user.id, undefined)
    },
  }
}
