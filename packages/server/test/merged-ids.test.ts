import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Conflicting, hourMs, startConflicts } from './conflicting.ts'
import type { Problem } from './harness.ts'

let all: Conflicting
beforeAll(async () => {
  all = await startConflicts()
})
afterAll(() => all.world.close())

test('an id that a site gives to the user who was merged a moment ago is refused, and their merge is told of [D6]', async () => {
  const { person, first, second, key } = await all.twins(['conflicts'])
  const index = await all.company.indexOf(person, all.b)
  const [row] = await all.world.app.conflicts.list({ states: ['open'], limit: 1 })
  expect(await all.world.app.conflicts.choose(row?.id ?? '', index, 'ask')).toBe(true)
  const give = (user: string) =>
    all.world.api<Problem>('PUT', `/v1/users/${user}/external_user_id`, { external_user_id: 'mine' }, { key })
  expect((await give(second)).body).toMatchObject({ status: 404, code: 'not_found' })
  await all.pass(25 * hourMs)
  await all.world.app.housekeep()
  expect((await all.events('user.merged')).filter((event) => event.user_id === first)).toHaveLength(1)
  expect((await give(first)).status).toBe(200)
})
