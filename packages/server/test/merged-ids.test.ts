import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Conflicting, hourMs, startConflicts } from './conflicting.ts'

let all: Conflicting
beforeAll(async () => {
  all = await startConflicts()
})
afterAll(() => all.world.close())

// Open: the id lands on the emptied user, which is then never settled.
test.fails('an id that a site gives to the user who was merged a moment ago finds the person [D6]', async () => {
  const { person, first, second, key } = await all.twins(['conflicts'])
  const index = await all.company.indexOf(person, all.b)
  const [row] = await all.world.app.conflicts.list({ states: ['open'], limit: 1 })
  expect(await all.world.app.conflicts.choose(row?.id ?? '', index, 'ask')).toBe(true)
  const path = `/v1/users/${second}/external_user_id`
  await all.world.api('PUT', path, { external_user_id: 'mine' }, { key })
  await all.pass(25 * hourMs)
  await all.world.app.housekeep()
  const merged = (await all.events('user.merged')).filter((event) => event.user_id === first)
  const found = await all.world.api<{ data?: unknown; id?: string }>(
    'GET',
    '/v1/users?external_user_id=mine',
    undefined,
    {
      key,
    },
  )
  expect(merged).toHaveLength(1)
  expect(JSON.stringify(found.body)).toContain(first)
})
