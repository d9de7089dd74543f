import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Conflicting, startConflicts } from './conflicting.ts'

/** One more WeChat is one more way in: whoever had one before hears of it. */
let all: Conflicting
beforeAll(async () => {
  all = await startConflicts()
})
afterAll(() => all.world.close())

test('a WeChat that is linked with somebody is told of in the chats of those they have already [T18, T19]', async () => {
  const [mine, another] = [await all.world.newPerson(), await all.world.newPerson({ follows: false })]
  const id = all.newId()
  await all.bind(mine, id)
  const before = (await all.heard(mine)).length
  // A site's bind by another account of the company: the person has room for it there.
  expect((await all.bind(another, id, all.b)).status).toBe(200)
  const news = (await all.heard(mine)).slice(before)
  expect(news).toHaveLength(1)
  expect(news[0]).toContain('另一个微信')
  expect(news[0]).toContain('查看我的账号')
  // Once: the same one again is no news.
  expect((await all.bind(another, id, all.b)).status).toBe(200)
  expect((await all.heard(mine)).slice(before)).toHaveLength(1)
})

test('the same WeChat at another account of the company is no news', async () => {
  const person = await all.world.newPerson()
  const id = all.newId()
  await all.bind(person, id)
  await all.world.app.housekeep()
  const before = await all.heard(person)
  expect((await all.bind(person, id, all.b)).status).toBe(200)
  expect(await all.heard(person)).toEqual(before)
})
