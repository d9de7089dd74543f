import type { Company } from './companies.ts'
import type { NewFlow, Page } from './harness.ts'
import { password, register, scanned, sentCodeOf, type Visitor } from './registering.ts'
import { look } from './wire.ts'

/** Somebody with traces in every table that can hold one. */
export interface Planted extends Visitor {
  /** Begins every word that only this person, the site or the page could have given. */
  mark: string
  userId: string
  /** As the shop, the club and the gallery know them. */
  ids: { shop: string; club: string; gallery: string }
  /** All that could name them, by what it is: as it was given, and as it is looked for. */
  traces: Record<string, string>
}

/** Every fourth has been everywhere; the others were spared some ways, and the drill some minutes. */
type Newcomer = Visitor & { mark: string; isWhole: boolean }

export interface Sites {
  /** Links its own users, and answers what they write. */
  shop: string
  /** Registers by e-mail and phone. */
  club: string
  /** Asks for nickname and avatar. */
  gallery: string
}

/** A company of two accounts, and three sites. */
export async function openSites(company: Company): Promise<Sites> {
  const { world } = company
  return {
    shop: world.apiKey,
    club: (await world.addSite({ registration: ['email', 'phone'] })).apiKey,
    gallery: (await world.addSite({ entry: 'page', registration: 'auto', asksProfile: true })).apiKey,
  }
}

/** Every way by which something of a person gets in, for many at once. */
export async function plant(company: Company, sites: Sites, marks: string[]): Promise<Planted[]> {
  const { world } = company
  const visitors = await Promise.all(marks.map((mark, n) => newcomer(company, mark, n % 4 === 0)))
  // At the club, by e-mail or by phone: the codes of all of them go out at once.
  const visits = await Promise.all(
    visitors.map(async (visitor, n) => {
      const flow = await scannedAt(company, visitor, sites.club)
      // Somebody else’s address first, by mistake; what was sent there is nobody’s.
      await register(world, flow, { email: `${visitor.mark}-mistaken@mail.example`, password })
      const by = n % 2 === 0 ? { email: visitor.email, password } : { phone: visitor.phone }
      const sent = await register(world, flow, by)
      if (sent.status !== 200) throw new Error(`no code sent: ${JSON.stringify(sent.body)}`)
      return { visitor, flow, by }
    }),
  )
  await world.app.housekeep()
  return Promise.all(
    visits.map(async ({ visitor, flow, by }) => {
      const kind = 'email' in by ? 'email' : 'phone'
      const code = await sentCodeOf(world, visitor, kind)
      const proved =
        kind === 'email' ? { email: visitor.email, email_code: code } : { phone: visitor.phone, sms_code: code }
      const answer = await register(world, flow, proved)
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      const { completion_code = '' } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
      const club = await company.redeem(flow, completion_code, sites.club)
      return plantRest(company, sites, visitor, { kind, club: club.body.user?.id ?? '' })
    }),
  )
}

async function newcomer({ world, accounts }: Company, mark: string, isWhole: boolean): Promise<Newcomer> {
  const { id: person } = await world.sim('POST', '/people', { name: `${mark}-name` })
  for (const account of isWhole ? accounts : accounts.slice(0, 1))
    await world.sim('POST', `/people/${person}/follow`, { account })
  const { phone, email } = await world.sim('GET', `/people/${person}`)
  return { person, phone, email, mark, isWhole }
}

async function plantRest(
  company: Company,
  sites: Sites,
  visitor: Newcomer,
  { kind, club }: { kind: 'email' | 'phone'; club: string },
): Promise<Planted> {
  const { world, accounts } = company
  const [a = '', b = ''] = accounts
  const { person, mark, isWhole } = visitor
  const { users, vault, store, sessions, signIns } = world.app
  const { openids } = await world.sim('GET', `/people/${person}`)

  const bind = (id: string) => ({
    kind: 'bind',
    external_user_id: id,
    display_name: `${mark}-display`,
    metadata: { note: `${mark}-note` },
    browser: { user_agent: `${mark}-agent` },
  })
  const shop = await company.enter(person, a, bind(`${mark}-external`))
  const gallery = isWhole ? await everywhere(company, sites, visitor, bind(`${mark}-other-external`)) : ''

  // Flows that never come to an end: one scanned, one only made, under a key of the site's own.
  const open = await world.createFlow({ kind: 'login', metadata: { note: `${mark}-open` } })
  await world.scan(person, open.qr.content)
  await world.api('POST', '/v1/flows', bind(`${mark}-external`), { headers: { 'idempotency-key': `${mark}-key` } })

  await world.sim('POST', `/people/${person}/say`, { account: a, text: `${mark}-words` })
  const index = users.wechatIndex(a, openids[a])
  const [heard] = await look<{ id: string }>(
    world,
    'SELECT id FROM incoming_messages WHERE openid_index = ? AND app_id = ?',
    index,
    world.site.id,
  )
  const reply = await world.api('POST', `/v1/messages/${heard?.id}/reply`, { text: `${mark}-reply` })
  if (reply.status >= 300) throw new Error(JSON.stringify(reply.body))
  const asked = await world.api('POST', `/v1/users/${shop.body.user?.id}/subscriptions`, {
    template_id: 'TEMPLATE',
    scene: 7,
    return_url: `https://shop.example.com/${mark}-page`,
  })
  if (asked.status !== 201) throw new Error(JSON.stringify(asked.body))
  // A code that nobody has, and a push that nobody can read.
  await world.sim('POST', `/people/${person}/say`, { account: a, text: 'BCDF-GHJK' })
  const event = { Event: 'SCAN', EventKey: `${mark}-scene` }
  await world.sim('POST', '/push', { account: a, person, event, mutate: 'malformed' })

  const [user] = await look<{ user_id: string }>(world, 'SELECT user_id FROM identities WHERE value_index = ?', index)
  const userId = user?.user_id ?? ''
  const browser = JSON.stringify({ browser: `${mark}-browser` })
  await store.write((tx) => sessions.begin(tx, { userId, browser }))
  const [last] = await signIns.list(userId)
  // Of a login: a link that is disowned is taken apart, and the WeChat would be another user's. What was registered in another login of the same minute would go with it.
  if (last?.kind === 'login') {
    await store.write((tx) =>
      tx
        .updateTable('sign_ins')
        .set({ at: world.clock.now() - 120_000 })
        .where('user_id', '=', userId)
        .where('id', '!=', last.id)
        .execute(),
    )
    await signIns.disown(last.id, { userId })
  }
  await store.write((tx) => sessions.begin(tx, { userId, browser }))

  const follower = await world.app.followers.find(store.db, a, index)
  const unionid = (follower && world.app.followers.openUnionid(follower)) ?? ''
  const value = kind === 'email' ? visitor.email : `+86${visitor.phone.replace(/^\+86/, '')}`
  return {
    ...visitor,
    userId,
    ids: { shop: shop.body.user?.id ?? '', club, gallery },
    traces: {
      mark,
      openid: openids[a],
      unionid,
      [kind]: kind === 'email' ? visitor.email : visitor.phone.replace(/^\+86/, ''),
      openid_index: index,
      ...(isWhole && { openid_b: openids[b], openid_b_index: users.wechatIndex(b, openids[b]) }),
      unionid_index: vault.index('unionid', unionid),
      external_index: users.externalKey(world.site.id, `${mark}-external`).index,
      [`${kind}_index`]: users.credentialKey(kind, value).index,
      userId,
    },
  }
}

/** The other account, a conflict, and a site that asks for nickname and avatar. @returns the person as that site knows them */
async function everywhere(company: Company, sites: Sites, visitor: Newcomer, taken: object): Promise<string> {
  const { world, accounts } = company
  const [a = '', b = ''] = accounts
  const { person, mark } = visitor
  await company.enter(person, b, { kind: 'login', metadata: { note: `${mark}-second` } })
  // A conflict: the same WeChat for another user of the shop.
  await company.enter(person, a, taken)

  const shown = (await world.api<NewFlow>('POST', '/v1/flows', { kind: 'login' }, { key: sites.gallery })).body
  await world.sim('POST', `/people/${person}/open`, { url: shown.qr.content })
  await world.sim('POST', `/people/${person}/open`, { url: `${shown.qr.content}/profile`, grant: true })
  const confirmed: Page = await world.sim('POST', `/people/${person}/submit`, {
    button: { name: 'decision', value: 'confirm' },
  })
  if (confirmed.status !== 200) throw new Error(`not confirmed: ${confirmed.text}`)
  const { completion_code = '' } = (await world.browser('GET', `/v1/flows/${shown.id}`, shown.secret)).body
  return (await company.redeem(shown, completion_code, sites.gallery)).body.user?.id ?? ''
}

/** @throws where the flow did not come so far */
async function scannedAt({ world }: Company, visitor: Visitor, key: string): Promise<NewFlow> {
  const flow = await scanned(world, visitor, key)
  const { state } = (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body
  if (state !== 'registration_required') throw new Error(`the flow is ${state}`)
  return flow
}
