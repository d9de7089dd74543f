import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AtHome, startAtHome } from './at-home.ts'
import type { Harness } from './harness.ts'
import { logIn } from './pc.ts'

let home: AtHome
let world: Harness
beforeAll(async () => {
  home = await startAtHome()
  world = home.world
})
afterAll(() => world.close())

describe('a session', () => {
  test('a form of another site, or without the page’s own token, does nothing [T44]', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const { pc } = await logIn(world, person)
    const token = await pc.token()
    const foreign = await pc.go('/me', { do: 'erase', id: '', form_token: token }, { origin: 'https://evil.example' })
    expect(foreign.status).toBe(403)
    expect((await pc.go('/me', { do: 'erase', id: '' })).status).toBe(403)
    expect((await pc.go('/me')).status).toBe(200)
  })

  test('what cannot be undone asks who you are again after ten minutes [T44]', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const { pc } = await logIn(world, person)
    const token = await pc.token()
    world.clock.advance(11 * 60_000)
    const answer = await pc.go('/me', { do: 'erase', id: '', form_token: token })
    expect(answer.status).toBe(403)
    expect(answer.html).toContain('show again who you are')
    expect((await pc.go('/me')).status).toBe(200)
  })

  test('a link is disowned, and a copy given, only to who has just shown who they are [T44]', async () => {
    const person = await world.newPerson()
    const { flow: login } = await home.comeIn(person)
    const bound = await home.link(person, 'shopper-5')
    const { pc } = await logIn(world, person)
    const token = await pc.token()
    world.clock.advance(11 * 60_000)
    const answer = await pc.go('/me', { do: 'disown', id: await home.signInOf(bound), form_token: token })
    expect(answer.status).toBe(403)
    expect(answer.html).toContain('show again who you are')
    const copy = await pc.go('/me/export.json')
    expect(copy.status).toBe(403)
    expect(copy.html).not.toContain('sign_ins')
    const { body } = await world.api<{ data: { accounts: string[] }[] }>('GET', '/v1/users?external_user_id=shopper-5')
    expect(body.data[0]?.accounts).toHaveLength(1)
    const told = await pc.go('/me', { do: 'disown', id: await home.signInOf(login), form_token: token })
    expect(told.status).toBe(200)
  })

  test('is over after “not me” and after leaving the last site, and the page says so', async () => {
    const person = await world.newPerson()
    const { flow } = await home.comeIn(person)
    const first = (await logIn(world, person)).pc
    const disown = { do: 'disown', id: await home.signInOf(flow), form_token: await first.token() }
    expect((await first.go('/me', disown)).html).toContain('Thank you for telling us')
    expect(first.jar.has('hufu_session')).toBe(false)
    const second = (await logIn(world, person)).pc
    const leave = { do: 'leave', id: world.site.id, form_token: await second.token() }
    expect((await second.go('/me', leave)).html).toContain('Disconnected')
    expect(second.jar.has('hufu_session')).toBe(false)
  })

  test('cannot speak for what is not its own: the page does not thank [T44]', async () => {
    const [person, other] = [await world.newPerson(), await world.newPerson()]
    await home.comeIn(person)
    const { flow } = await home.comeIn(other)
    const { pc } = await logIn(world, person)
    const token = await pc.token()
    const foreign = await pc.go('/me', { do: 'disown', id: await home.signInOf(flow), form_token: token })
    expect(foreign.status).toBe(404)
    expect((await pc.go('/me', { do: 'sign_out', id: 'se_nobody', form_token: token })).status).toBe(404)
    expect((await pc.go('/me', { do: 'leave', id: 'app_nobody', form_token: token })).status).toBe(404)
    expect((await pc.go('/me')).status).toBe(200)
  })

  test('others are signed out from afar, and their cookies are worth nothing [B48]', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const [here, elsewhere] = [(await logIn(world, person)).pc, (await logIn(world, person)).pc]
    const answer = await here.go('/me', { do: 'sign_out_elsewhere', form_token: await here.token() })
    expect(answer.to).toBe('/me?done=signed_out_elsewhere')
    expect((await elsewhere.go('/me')).to).toBe('/login')
    expect((await here.go('/me')).status).toBe(200)
  })

  test('ends after half an hour of rest, and after a day in any case', async () => {
    const person = await world.newPerson()
    await home.comeIn(person)
    const { pc } = await logIn(world, person)
    world.clock.advance(31 * 60_000)
    expect((await pc.go('/me')).to).toBe('/login')
    const second = (await logIn(world, person)).pc
    for (let step = 0; step < 58; step++) {
      world.clock.advance(25 * 60_000)
      await second.go('/me')
    }
    expect((await second.go('/me')).to).toBe('/login')
  })

  test('a copy holds what is known, in clear', async () => {
    const person = await world.newPerson()
    const { user } = await home.comeIn(person)
    const { pc } = await logIn(world, person)
    const { html } = await pc.go('/me/export.json')
    expect(html).toContain(user.id)
    expect(JSON.parse(html).sign_ins.length).toBeGreaterThan(0)
  })

  test('erasing leaves nobody: the WeChat is a stranger’s, the session is over, the site is told', async () => {
    const person = await world.newPerson()
    const { user, flow } = await home.comeIn(person)
    const { pc } = await logIn(world, person)
    const answer = await pc.go('/me', { do: 'erase', id: '', form_token: await pc.token() })
    expect(answer.html).toContain('Erased')
    expect((await pc.go('/me')).to).toBe('/login')
    expect((await world.api('GET', `/v1/users/${user.id}`)).status).toBe(404)
    expect(await home.feedOf(flow)).toContain('user.deleted')
    expect((await home.open(person, '/me')).text).toContain('没有与您有关的信息')
  })
})
