import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import type { Page } from './harness.ts'

let company: Company
beforeAll(async () => {
  company = await startCompany(2)
})
afterAll(() => company.world.close())

test('who turned a site off in one chat reads so in /me, and there turns it on and off by all their WeChats', async () => {
  const { world, accounts } = company
  const [a = '', b = ''] = accounts
  const person = await world.newPerson()
  const { body } = await company.enter(person, a)
  await company.enter(person, b)
  const muted = async () => {
    const reach = await world.api<{ data: { account: string; muted: boolean }[] }>(
      'GET',
      `/v1/users/${body.user?.id}/reach`,
    )
    return reach.body.data.filter((one) => one.muted).map(({ account }) => account)
  }
  const me = (): Promise<Page> => world.sim('POST', `/people/${person}/open`, { url: `${world.base}/me` })
  const press = (value: string): Promise<Page> =>
    world.sim('POST', `/people/${person}/submit`, { button: { name: 'do', value } })

  await world.sim('POST', `/people/${person}/say`, { account: b, text: '退订' })
  expect(await muted()).toEqual([b])
  const page = await me()
  expect(page.text).toContain('部分微信已关闭')
  expect((await press('mute')).text).toContain('已关闭')
  expect((await muted()).toSorted()).toEqual([a, b].toSorted())
  expect((await press('unmute')).text).toContain('已开启')
  expect(await muted()).toEqual([])
})
