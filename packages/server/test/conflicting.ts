import { expect } from 'vitest'
import { type Company, type Redeemed, startCompany } from './companies.ts'
import type { Answer, Page, Problem } from './harness.ts'
import { look } from './wire.ts'

export interface Conflict {
  id: string
  reason: string
  state: string
  user_id?: string
  other_user_id?: string
  released: boolean
  seen: number
}

export const hourMs = 3_600_000

/** A company of two accounts, and what people and sites do about conflicts there. */
export type Conflicting = Awaited<ReturnType<typeof startConflicts>>

export async function startConflicts() {
  const company: Company = await startCompany(2, { registration: 'site', scopes: ['conflicts'] })
  const { world } = company
  const [a = '', b = ''] = company.accounts
  let count = 0
  const newId = () => `c-${count++}`

  /** Where the site's policy asks for it, it says that it has just authenticated its user. */
  const bindOf = (external_user_id: string) => ({
    kind: 'bind',
    external_user_id,
    display_name: `${external_user_id}@example.com`,
    reauthenticated_at: new Date(world.clock.now()).toISOString(),
  })
  const bind = (person: string, external_user_id: string, appid = a) =>
    company.enter(person, appid, bindOf(external_user_id))
  const login = async (person: string, appid = a) => (await company.enter(person, appid)).body.user
  const newest = async (): Promise<Conflict> => {
    const { body } = await world.api<{ data: Conflict[] }>('GET', '/v1/conflicts?limit=1')
    const [row] = body.data
    if (!row) throw new Error('there is no conflict')
    return row
  }
  const events = async (type: string): Promise<Record<string, string>[]> =>
    (await look<{ data: string }>(world, 'SELECT data FROM events WHERE type = ? ORDER BY seq', type)).map(({ data }) =>
      JSON.parse(data),
    )
  const act = (id: string, what: string) => world.api<Conflict & Problem>('POST', `/v1/conflicts/${id}/${what}`)
  const open = (person: string, path: string): Promise<Page> =>
    world.sim('POST', `/people/${person}/open`, { url: world.base + path })
  const press = (person: string, value: string): Promise<Page> =>
    world.sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value } })
  const choicesOf = (page: Page) => page.forms.flatMap((form) => form.buttons.map(({ value }) => value))
  /** The page that explains, as the refused page links to it. */
  const sides = (id: string): string => world.app.conflicts.pathOf({ id })

  /** Time passes here and at WeChat. */
  async function pass(ms: number): Promise<void> {
    world.clock.advance(ms)
    const { offset_ms } = await world.sim('GET', '/clock')
    await world.sim('POST', '/clock', { offset_ms: offset_ms + ms })
  }

  /** Everything that this person's chat with the account has said so far, once what is on its way has arrived. */
  async function heard(person: string, appid = a): Promise<string[]> {
    await world.app.housekeep()
    const chat: { text?: string }[] = await world.sim('GET', `/people/${person}/chat?account=${appid}`)
    return chat.map(({ text = '' }) => text)
  }

  /** A WeChat that belongs to `former`, wanted for `wanted`. */
  async function taken(): Promise<{
    person: string
    former: Answer<Redeemed & Problem>
    id: string
    wanted: string
    conflict: Conflict
    path: string
  }> {
    const person = await world.newPerson()
    const id = newId()
    const former = await bind(person, id)
    const wanted = newId()
    expect(await bind(person, wanted)).toMatchObject({ status: 409, body: { code: 'wechat_already_bound' } })
    const conflict = await newest()
    return { person, former, id, wanted, conflict, path: sides(conflict.id) }
  }

  /** A user with a WeChat, and another WeChat that wants to take its place. */
  async function replaced(): Promise<{
    old: string
    fresh: string
    id: string
    user: string | undefined
    conflict: Conflict
    path: string
  }> {
    const [old, fresh] = [await world.newPerson(), await world.newPerson()]
    const id = newId()
    const first = await bind(old, id)
    expect(await bind(fresh, id)).toMatchObject({ status: 409, body: { code: 'user_already_bound' } })
    const conflict = await newest()
    return { old, fresh, id, user: first.body.user?.id, conflict, path: sides(conflict.id) }
  }

  /** One person who became two users, because WeChat told no unionid at the time. */
  async function twins(
    scopes: 'conflicts'[] = [],
  ): Promise<{ person: string; first: string; second: string; key: string }> {
    const { apiKey: key } = await world.addSite({ registration: 'auto', scopes })
    const person = await world.newPerson({ follows: false })
    const first = await company.enter(person, a, { kind: 'login' }, key)
    await world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
    const second = await company.enter(person, b, { kind: 'login' }, key)
    await world.sim('DELETE', '/faults')
    await world.app.housekeep()
    return { person, first: first.body.user?.id ?? '', second: second.body.user?.id ?? '', key }
  }

  const does = { newId, bindOf, bind, login, newest, events, act, open, press, choicesOf, sides, pass, heard }
  return { company, world, a, b, ...does, taken, replaced, twins }
}
