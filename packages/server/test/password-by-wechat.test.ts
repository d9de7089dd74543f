import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Harness, type Page, startHarness } from './harness.ts'
import { logIn, openPc, type Pc } from './pc.ts'
import { newVisitor, password, registerByEmail, registerByPhone, type Visitor } from './registering.ts'
import { look } from './wire.ts'

let world: Harness
beforeAll(async () => {
  world = await startHarness({ app: { registration: ['email', 'phone'] } })
})
afterAll(() => world.close())

const asked = '?to=password'
const chosen = 'battery staple'

async function newMember(): Promise<Visitor> {
  const visitor = await newVisitor(world)
  await registerByEmail(world, visitor)
  // Registering has used up what one address may ask for.
  world.clock.advance(3_700_000)
  return visitor
}

async function isRight({ email }: Visitor, word: string): Promise<boolean> {
  const { users, credentials, store } = world.app
  const owner = await users.findByCredential(store.db, users.credentialKey('email', email))
  return credentials.passwords.isRight(owner?.userId, word)
}

async function set(pc: Pc, word = chosen, headers: Record<string, string> = {}) {
  const form_token = await pc.token('/me/password')
  return pc.go('/me/password', { form_token, password: word, do: 'set' }, headers)
}

async function chatOf({ person }: Visitor): Promise<string> {
  const chat = await world.sim('GET', `/people/${person}/chat?account=${world.account.appid}`)
  return JSON.stringify(chat)
}

const mailsTo = ({ email }: Visitor): Promise<{ subject: string; text: string }[]> =>
  world.sim('GET', `/mail?to=${email}`)

describe('on a PC, a new password by WeChat', () => {
  test('is begun at /reset, asks for six digits, and leads to the page that sets it', async () => {
    const ada = await newMember()
    expect((await openPc(world).go('/reset')).html).toContain('href="/login?to=password"')
    const { pc, end, code } = await logIn(world, ada.person, asked)
    expect(code).toMatch(/^\d{6}$/)
    expect(end.to).toBe('/me/password')
    const form = await pc.go('/me/password')
    expect(form.html).toContain(`${ada.email.slice(0, 2)}•••@`)
    expect(form.html).not.toContain(ada.email)
    const done = await set(pc)
    expect(done).toMatchObject({ status: 200, html: expect.stringContaining('The password is set') })
    expect([await isRight(ada, password), await isRight(ada, chosen)]).toEqual([false, true])
  })

  test('takes six digits even where the operator has lowered that of Hufu’s own logins', async () => {
    const [ada, app] = [await newMember(), world.app.apps.own()]
    const before = app.assurance.login
    app.assurance.login = 'tap'
    const { code, end } = await logIn(world, ada.person, asked)
    app.assurance.login = before
    expect(code).toMatch(/^\d{6}$/)
    expect(end.to).toBe('/me/password')
  })

  test('ends every other session, and leaves this one', async () => {
    const ada = await newMember()
    const elsewhere = (await logIn(world, ada.person)).pc
    const { pc } = await logIn(world, ada.person, asked)
    await set(pc)
    expect((await elsewhere.go('/me')).to).toBe('/login')
    expect((await pc.go('/me')).status).toBe(200)
  })

  test('is told by mail and in the chat, without the address, a code, or the word itself', async () => {
    const ada = await newMember()
    const before = (await mailsTo(ada)).length
    const { pc } = await logIn(world, ada.person, asked)
    await set(pc)
    await world.app.housekeep()
    const mails = await mailsTo(ada)
    expect(mails).toHaveLength(before + 1)
    expect(mails.at(-1)?.subject).toContain('a new password was set')
    expect(mails.at(-1)?.text).toContain('with the WeChat')
    const chat = await chatOf(ada)
    expect(chat).toContain('A new password was set')
    expect(chat).toContain(`/me/password?account=${world.account.appid}`)
    for (const said of [chat, mails.at(-1)?.text]) {
      expect(said).not.toContain(ada.email)
      expect(said).not.toContain(chosen)
    }
  })

  test('keeps the former one where the new one is too short, and says why', async () => {
    const ada = await newMember()
    const { pc } = await logIn(world, ada.person, asked)
    const wrong = await set(pc, 'short')
    expect(wrong.status).toBe(422)
    expect(wrong.html).toContain('role="alert"')
    expect(await isRight(ada, password)).toBe(true)
  })

  test('is not for a WeChat without an e-mail account, known or not, and the page says so', async () => {
    const [phoned, stranger] = [await newVisitor(world), await world.newPerson()]
    await registerByPhone(world, phoned)
    const { pc } = await logIn(world, phoned.person, asked)
    const page = await pc.go('/me/password')
    expect(page.html).toContain('No e-mail account with this WeChat')
    expect(page.html).not.toContain('type="password"')
    const before = await look(world, 'SELECT user_id FROM passwords')
    const token = await pc.token('/me')
    await pc.go('/me/password', { form_token: token, password: chosen })
    expect(await look(world, 'SELECT user_id FROM passwords')).toEqual(before)
    const { end } = await logIn(world, stranger, asked)
    expect(end.to).toBe('/login/unknown?to=password')
    expect((await openPc(world).go(end.to ?? '')).html).toContain('No e-mail account with this WeChat')
  })
})

describe('attacks on it', () => {
  test('a session of more than ten minutes ago sets nothing, and is asked to show itself again [T44]', async () => {
    const ada = await newMember()
    const { pc } = await logIn(world, ada.person, asked)
    const form_token = await pc.token('/me/password')
    world.clock.advance(11 * 60_000)
    for (const answer of [await pc.go('/me/password'), await pc.go('/me/password', { form_token, password: chosen })]) {
      expect(answer.status).toBe(403)
      expect(answer.html).toContain('show again who you are')
      expect(answer.html).toContain('/login?to=password')
    }
    expect(await isRight(ada, password)).toBe(true)
  })

  test('another site’s form, or one without this page’s token, sets nothing [T44]', async () => {
    const ada = await newMember()
    const { pc } = await logIn(world, ada.person, asked)
    expect((await set(pc, chosen, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await pc.go('/me/password', { password: chosen })).status).toBe(403)
    const other = (await logIn(world, (await newMember()).person, asked)).pc
    const form_token = await other.token('/me/password')
    expect((await pc.go('/me/password', { form_token, password: chosen })).status).toBe(403)
    expect((await openPc(world).go('/me/password', { form_token, password: chosen })).status).toBe(403)
    expect(await isRight(ada, password)).toBe(true)
  })

  test('a relayed QR code is worth nothing without the six digits, whatever is said on the phone [T17]', async () => {
    const ada = await newMember()
    const attacker = openPc(world)
    await attacker.go(`/login/plain${asked}`, { do: 'begin' })
    await world.scan(ada.person, (await attacker.flow())?.qr_content ?? '')
    await world.decide(ada.person, 'confirm')
    expect((await attacker.go(`/login/plain${asked}`, { do: 'next', code: '000000' })).status).toBe(422)
    expect((await attacker.go('/me/password')).to).toBe('/login?to=password')
  })

  test('“not me” while the password is being made: it is not set', async () => {
    const ada = await newMember()
    await logIn(world, ada.person, asked)
    const { resets, sessions, store } = world.app
    const [session] = await look<{ id: string; user_id: string }>(
      world,
      'SELECT id, user_id FROM sessions WHERE ended_at IS NULL ORDER BY created_at DESC LIMIT 1',
    )
    const [id, userId] = [session?.id ?? '', session?.user_id ?? '']
    const choosing = resets.choose(userId, { sessionId: id, password: chosen, locale: 'en' })
    const ended = store.write((tx) => sessions.endAll(tx, userId))
    await expect(choosing).rejects.toMatchObject({ code: 'not_found' })
    expect(await ended).toBeGreaterThan(0)
    expect(await isRight(ada, password)).toBe(true)
  })

  test('“not me” after it: the password opens nothing any more, and a new one comes by mail', async () => {
    const ada = await newMember()
    const { pc } = await logIn(world, ada.person, asked)
    await set(pc)
    const [row] = await look<{ id: string; user_id: string }>(
      world,
      'SELECT id, user_id FROM sign_ins ORDER BY at DESC LIMIT 1',
    )
    expect(await world.app.signIns.disown(row?.id ?? '', { userId: row?.user_id ?? '' })).toBe('disowned')
    expect([await isRight(ada, chosen), await isRight(ada, password)]).toEqual([false, false])
  })
})

describe('inside WeChat', () => {
  const open = (person: string, path: string): Promise<Page> =>
    world.sim('POST', `/people/${person}/open`, { url: world.base + path })
  const submit = (person: string, fields: Record<string, string>): Promise<Page> =>
    world.sim('POST', `/people/${person}/submit`, { button: { name: 'do', value: 'set' }, fields })

  test('the same link leads to the form by silent OAuth; the word is set, and other sessions end', async () => {
    const ada = await newMember()
    const { pc } = await logIn(world, ada.person)
    const form = await open(ada.person, '/login?to=password')
    expect(new URL(form.url).pathname).toBe('/me/password')
    expect(form.title).toBe('设置新密码')
    expect(form.text).not.toContain(ada.email)
    expect((await submit(ada.person, { password: chosen })).status).toBe(200)
    expect(await isRight(ada, chosen)).toBe(true)
    expect((await pc.go('/me')).to).toBe('/login')
  })

  test('a form that lay open for more than ten minutes sets nothing', async () => {
    const ada = await newMember()
    await open(ada.person, '/me')
    await open(ada.person, '/me/password')
    world.clock.advance(11 * 60_000)
    expect((await submit(ada.person, { password: chosen })).status).toBe(403)
    expect(await isRight(ada, password)).toBe(true)
  })

  test('a stranger reads that there is no such account', async () => {
    const page = await open(await world.newPerson(), '/me/password')
    expect(page.text).toContain('这个微信没有邮箱账号')
    expect(page.forms).toEqual([])
  })
})
