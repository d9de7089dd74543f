import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Conflicting, startConflicts } from './conflicting.ts'
import { logIn } from './pc.ts'

/** What a WeChat may still do about a user, or left behind there, after it is no longer that user's. */
let all: Conflicting
beforeAll(async () => {
  all = await startConflicts()
})
afterAll(() => all.world.close())

const hash = 'a hash'
let count = 0

/** Gives this WeChat's user an e-mail address. */
async function addEmail(person: string): Promise<{ userId: string; index: string }> {
  const { users, store } = all.world.app
  const index = await all.company.indexOf(person, all.a)
  const email = `former-${count++}@example.com`
  const credential = users.credentialKey('email', email)
  const wechat = { kind: 'wechat', namespace: all.a, index, sealed: null } as const
  const result = await store.write((tx) => users.register(tx, credential, wechat, undefined))
  if (!('userId' in result)) throw new Error(result.outcome)
  return { userId: result.userId, index }
}

const has = (userId: string) => all.world.app.credentials.passwords.has(userId)

describe('a password', () => {
  test('that was set by a WeChat which a move brought in does not outlive the undo of it [D2, T43]', async () => {
    const { conflicts, credentials, resets, store } = all.world.app
    const { old, fresh, id, conflict } = await all.replaced()
    const { userId, index } = await addEmail(old)
    const incoming = await all.company.indexOf(fresh, all.a)
    await store.write((tx) => credentials.passwords.set(tx, userId, hash))
    await conflicts.choose(conflict.id, incoming, 'ask')
    await conflicts.choose(conflict.id, index, 'allow')
    all.world.clock.advance(60_000)
    const moved = await all.company.enter(fresh, all.a, { ...all.bindOf(id), assurance: 'code' })
    expect(moved.status).toBe(200)
    const proof = { wechat: { appid: all.a, index: incoming } }
    await resets.choose(userId, { ...proof, password: 'set by who came', locale: 'en' })
    await conflicts.choose(conflict.id, index, 'undo')
    expect((await conflicts.get(conflict.id)).state).toBe('undone')
    expect(await has(userId)).toBe(false)
  })

  test('is not set by a WeChat that was removed while it was being made [T44]', async () => {
    const { me, resets, store, users } = all.world.app
    const person = await all.world.newPerson()
    await all.bind(person, all.newId())
    const { userId, index } = await addEmail(person)
    const identity = (await users.findPerson(userId))?.identities.find(({ kind }) => kind === 'wechat')
    const proof = { wechat: { appid: all.a, index } }
    const choosing = resets.choose(userId, { ...proof, password: 'battery staple', locale: 'en' })
    await me.unlink(userId, identity?.id ?? '', undefined)
    expect(await users.findOfWechat(store.db, all.a, index)).toBe(undefined)
    await expect(choosing).rejects.toMatchObject({ code: 'not_found' })
    expect(await has(userId)).toBe(false)
  })

  test('set long after a sign-in is not lost to “not me” by a WeChat that has left since [T44]', async () => {
    const { app, clock } = all.world
    const { me, credentials, signIns, store, users } = app
    const person = await all.world.newPerson()
    await all.bind(person, all.newId())
    const { userId, index } = await addEmail(person)
    const { userId: owner, signInId } = await signedInHere(person, index)
    expect(owner).toBe(userId)
    const identity = (await users.findPerson(userId))?.identities.find(({ kind }) => kind === 'wechat')
    await me.unlink(userId, identity?.id ?? '', undefined)
    clock.advance(30 * 24 * 3_600_000)
    await store.write((tx) => credentials.passwords.set(tx, userId, hash))
    expect(await signIns.disown(signInId, { appid: all.a, openidIndex: index })).toBe('disowned')
    expect(await has(userId)).toBe(true)
  })

  test('set by who signed in goes with “not me”, though they took the WeChat off the user [T44]', async () => {
    const { me, credentials, signIns, store, users } = all.world.app
    const person = await all.world.newPerson()
    await all.bind(person, all.newId())
    const { userId, index } = await addEmail(person)
    const { signInId } = await signedInHere(person, index)
    await store.write((tx) => credentials.passwords.set(tx, userId, hash))
    const identity = (await users.findPerson(userId))?.identities.find(({ kind }) => kind === 'wechat')
    await me.unlink(userId, identity?.id ?? '', undefined)
    all.world.clock.advance(3_600_000)
    expect(await signIns.disown(signInId, { appid: all.a, openidIndex: index })).toBe('disowned')
    expect(await has(userId)).toBe(false)
  })
})

/** By scanning at /login. */
async function signedInHere(person: string, index: string): Promise<{ userId: string; signInId: string }> {
  expect((await logIn(all.world, person)).end.to).toBe('/me')
  const { store, users, signIns, apps } = all.world.app
  const userId = (await users.findOfWechat(store.db, all.a, index)) ?? ''
  const own = (await signIns.list(userId)).find(({ appId }) => appId === apps.own().id)
  return { userId, signInId: own?.id ?? '' }
}
