import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noticeOn, type Visitor } from './visitor.ts'
import { type DemoWorld, demoUserLoggedIn, logInWithWechat, startDemoWorld } from './world.ts'

let world: DemoWorld
beforeAll(async () => {
  world = await startDemoWorld()
})
afterAll(() => world.close())

describe('orders and numbers', () => {
  async function member() {
    const visitor = world.visitor()
    await logInWithWechat(world, visitor, await world.newPerson())
    return visitor
  }
  const order = async (visitor: Visitor) => {
    await visitor.submit('/orders', { tea: '2' })
    return /orders\/(\w+)\/ship/.exec(visitor.page)?.[1] ?? ''
  }

  it('an order is for who has its address, and shipped by its buyer only', async () => {
    const [buyer, other] = [await member(), await member()]
    const id = await order(buyer)
    expect(id).toMatch(/^[0-9A-Z]{12,16}$/)
    expect(await other.open(`/orders/${id}`)).toBe(200)
    expect(other.page).not.toContain(`/orders/${id}/ship`)
    await other.open('/orders')
    expect(other.page).not.toContain(id)
    await other.open('/settings')
    const csrf = /name="csrf" value="([^"]*)"/.exec(other.page)?.[1] ?? ''
    await other.submit(`/orders/${id}/ship`, { csrf })
    await buyer.open(`/orders/${id}`)
    expect(buyer.page).toContain('data-state="ordered"')
    await buyer.submit(`/orders/${id}/ship`)
    expect(buyer.page).toContain('data-state="shipped"')
    expect(buyer.page).toMatch(/data-fate="(queued|sending|accepted|delivered)"/)
  })

  it('who has no WeChat is told nothing by it, and the order is shipped all the same', async () => {
    const visitor = await demoUserLoggedIn(world)
    await visitor.open('/')
    const id = await order(visitor)
    await visitor.submit(`/orders/${id}/ship`)
    expect(visitor.page).toContain('data-state="shipped"')
    expect(visitor.page).toContain('data-fate="refused"')
  })

  it('a code is asked for once a minute, and a number is what digits make', async () => {
    const visitor = await member()
    await visitor.open('/settings')
    await visitor.submit('/settings/phone', { phone: 'call me' })
    expect(noticeOn(visitor.page)).toMatch(/^Please check/)
    expect(await visitor.submit('/settings/phone', { phone: '+86 138-0013-8000' })).toBe(200)
    expect(visitor.page).toContain('name="code"')
    expect(await visitor.submit('/settings/phone', { phone: '13800138001' })).toBe(429)
    expect(await visitor.submit('/settings/phone/code', { code: 'none' })).toBe(401)
    expect(visitor.page).toContain('Tries left: 4')
  })

  it('a new password takes a leave that a scan has given to this session', async () => {
    const visitor = world.visitor()
    await visitor.open('/forgotten/password')
    expect(visitor.page).toContain('/wechat/forgotten/start')
    await visitor.open('/login')
    const csrf = /name="csrf" value="([^"]*)"/.exec(visitor.page)?.[1] ?? ''
    await visitor.submit('/forgotten/password', { csrf, password: 'oolong-and-crane' })
    expect(visitor.page).toContain('/wechat/forgotten/start')
  })
})
