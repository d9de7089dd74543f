import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import { look } from './wire.ts'

let company: Company
beforeAll(async () => {
  company = await startCompany(1)
})
afterAll(() => company.world.close())

test('of who never followed, a unionid stays while a flow or a user needs it, and no longer', async () => {
  const { world, accounts } = company
  const [a = ''] = accounts
  const { store, followers } = world.app
  const account = world.app.accounts.get(a)
  const user = await world.newPerson({ follows: false })
  await company.enter(user, a)
  const open = await world.createFlow()
  const waiting = await world.newPerson({ follows: false })
  await world.scan(waiting, open.qr.content)
  const [ofUser, ofFlow] = [await company.indexOf(user, a), await company.indexOf(waiting, a)]
  // As those whom a page has recognised: nothing says that they follow.
  await store.write(async (tx) => {
    for (const index of [ofUser, ofFlow, 'a-stranger', 'another']) {
      await tx.deleteFrom('followers').where('openid_index', '=', index).execute()
      await followers.takeUnionid(tx, account, index, `unionid-of-${index}`)
    }
  })
  const known = async () =>
    (await look<{ openid_index: string }>(world, 'SELECT openid_index FROM followers')).map((row) => row.openid_index)
  expect((await known()).toSorted()).toEqual([ofUser, ofFlow, 'a-stranger', 'another'].toSorted())
  await world.app.housekeep()
  expect((await known()).toSorted()).toEqual([ofUser, ofFlow].toSorted())
})
