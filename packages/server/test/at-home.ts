import { expect } from 'vitest'
import { type NewFlow, type Page, startHarness } from './harness.ts'
import { firefox } from './pc.ts'

/** What the tests of a person's own pages have in common: a site that knows people, who look at what Hufu knows of them. */
export type AtHome = Awaited<ReturnType<typeof startAtHome>>

export async function startAtHome() {
  const world = await startHarness({ app: { registration: 'auto' } })

  function open(person: string, path: string): Promise<Page> {
    return world.sim('POST', `/people/${person}/open`, { url: world.base + path })
  }

  function press(person: string, action: string, fields: Record<string, string> = {}, name = 'do'): Promise<Page> {
    return world.sim('POST', `/people/${person}/submit`, { button: { name, value: action }, fields })
  }

  async function redeem(flow: NewFlow, key?: string): Promise<{ user: { id: string; is_new: boolean } }> {
    const { body } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
    const answer = await world.api<{ user: { id: string; is_new: boolean } }>(
      'POST',
      `/v1/flows/${flow.id}/redeem`,
      { completion_code: body.completion_code },
      key ? { key } : {},
    )
    expect(answer.status).toBe(200)
    return answer.body
  }

  /** Logs somebody in at the site. */
  async function comeIn(person: string, flow?: NewFlow) {
    const begun = flow ?? (await world.createFlow({ kind: 'login', browser: { user_agent: firefox } }))
    await world.scan(person, begun.qr.content)
    await world.decide(person, 'confirm')
    return { flow: begun, ...(await redeem(begun)) }
  }

  /** Links somebody with a user of the site, and carries the six digits. */
  async function link(person: string, externalUserId: string): Promise<NewFlow> {
    const flow = await world.createFlow({ kind: 'bind', external_user_id: externalUserId })
    await world.scan(person, flow.qr.content)
    const page = await world.decide(person, 'confirm')
    await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: page.outputs.code })
    await redeem(flow)
    return flow
  }

  async function signInOf(flow: NewFlow): Promise<string> {
    const rows = await world.app.store.db.selectFrom('sign_ins').select('id').where('flow_id', '=', flow.id).execute()
    return rows[0]?.id ?? ''
  }

  async function feedOf(flow: NewFlow): Promise<string[]> {
    const { body } = await world.api<{ data: { type: string; data: object }[] }>('GET', '/v1/events?limit=1000')
    const at = body.data.findIndex(({ data }) => JSON.stringify(data).includes(flow.id))
    return body.data.slice(at).map(({ type }) => type)
  }

  /** Where the page's own link leads, for this person's WeChat. */
  async function unlinkPath(person: string): Promise<string> {
    const { openids } = await world.sim('GET', `/people/${person}`)
    const index = world.app.users.wechatIndex(world.account.appid, openids[world.account.appid])
    const rows = await world.app.store.db
      .selectFrom('identities')
      .select('id')
      .where('value_index', '=', index)
      .execute()
    return `/me/ask?do=unlink&id=${rows[0]?.id}`
  }

  return { world, open, press, redeem, comeIn, link, signInOf, feedOf, unlinkPath }
}
