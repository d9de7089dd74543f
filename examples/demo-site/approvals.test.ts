import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoUser } from './src/users.ts'
import type { Visitor } from './visitor.ts'
import { type DemoWorld, logInWithWechat, startDemoWorld } from './world.ts'

let world: DemoWorld
beforeAll(async () => {
  world = await startDemoWorld()
})
afterAll(() => world.close())

describe('what takes a yes of the WeChat that is linked', () => {
  async function member(email: string): Promise<{ visitor: Visitor; person: string }> {
    const [visitor, person] = [world.visitor(), await world.newPerson()]
    await logInWithWechat(world, visitor, person)
    await visitor.open('/settings')
    await visitor.submit('/settings/password', { email, password: 'ten letters' })
    return { visitor, person }
  }

  it('a yes to one address is none to another, and none to the end of the account', async () => {
    const { visitor, person } = await member('yes@example.com')
    await visitor.submit('/settings/email', { email: 'first@example.com' })
    const flow = await world.start(visitor, 'email')
    await world.confirm(person, flow)
    const { completion_code } = await world.look(flow)
    await visitor.open('/settings')
    await visitor.submit('/settings/email', { email: 'second@example.com' })
    const used = await visitor.post('/wechat/email/finish', { completion_code })
    expect(used).toMatchObject({ status: 409, body: { code: 'purpose_mismatch' } })
    await visitor.open('/settings')
    await visitor.submit('/settings/delete')
    expect((await visitor.post('/wechat/delete/finish', { completion_code })).status).toBe(404)
    await visitor.open('/settings')
    expect(visitor.page).toContain('You log in as yes@example.com.')
    expect((await world.start(visitor, 'email')).id).not.toBe(flow.id)
  })

  it('a login is no such yes', async () => {
    const { visitor, person } = await member('login@example.com')
    await visitor.submit('/settings/email', { email: 'other@example.com' })
    await world.start(visitor, 'email')
    const login = await world.start(visitor, 'login')
    await world.confirm(person, login)
    const { completion_code } = await world.look(login)
    expect((await visitor.post('/wechat/email/finish', { completion_code })).status).toBe(409)
    await visitor.open('/settings')
    expect(visitor.page).toContain('You log in as login@example.com.')
  })

  it('an address that somebody else has taken meanwhile is not given twice', async () => {
    const { visitor, person } = await member('mine@example.com')
    await visitor.submit('/settings/email', { email: demoUser.email })
    const flow = await world.start(visitor, 'email')
    await world.confirm(person, flow)
    const { completion_code } = await world.look(flow)
    expect((await visitor.post('/wechat/email/finish', { completion_code })).body).toEqual({ redirect: '/settings' })
    await visitor.open('/settings')
    expect(visitor.page).toContain('Somebody else has this e-mail address.')
    expect(visitor.page).toContain('You log in as mine@example.com.')
  })
})
