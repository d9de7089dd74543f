import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, startCompany } from './companies.ts'
import { openSites, type Planted, plant } from './planting.ts'
import { tablesOf } from './searching.ts'

let company: Company
let world: Company['world']
let who: Planted
beforeAll(async () => {
  company = await startCompany(2)
  world = company.world
  const sites = await openSites(company)
  const [planted] = await plant(company, sites, ['planted-x'])
  if (!planted) throw new Error('nobody is planted')
  who = planted
  await world.api('POST', '/v1/codes', { user: who.ids.shop, purpose: '更换手机号' })
  await world.app.apps.change(world.site.id, { linkUrl: `${world.base}/healthz` })
  const account = world.app.accounts.get(world.account.appid)
  const openidIndex = who.traces.openid_index ?? ''
  await world.app.store.write(async (tx) => {
    expect(world.app.links.issue(tx, { account, openidIndex, appId: world.site.id })).toBeDefined()
    const { appid } = account
    await world.app.mutes.set(tx, { appid, openidIndex }, world.site.id, true)
    const row = { appid, openid_index: openidIndex, template_id: 'planted', remaining: 1, updated_at: 1 }
    await tx.insertInto('permissions').values(row).execute()
    const batch = {
      id: 'mb_planted',
      app_id: world.site.id,
      state: 'paused' as const,
      total: 1,
      template: '',
      asked_appid: null,
      said_sealed: null,
      send_at: null,
      not_after: 1,
      created_at: world.clock.now(),
      finished_at: null,
      idempotency_key: null,
      request_hash: null,
    }
    await tx.insertInto('batches').values(batch).execute()
    const users = JSON.stringify([{ user: who.ids.shop }])
    const users_sealed = world.app.vault.seal('batch_parts.users.mb_planted.0', users)
    await tx.insertInto('batch_parts').values({ batch_id: batch.id, first: 0, size: 1, users_sealed }).execute()
  })
})
afterAll(() => world.close())

/** The member of a person’s export that shows a table’s rows of them. */
const shown: Record<string, string> = {
  app_users: 'sites',
  batch_parts: 'batches',
  chat_windows: 'windows',
  codes: 'codes',
  conflicts: 'conflicts',
  events: 'events',
  flows: 'flows',
  followers: 'follows',
  guards: 'guards',
  identities: 'identities',
  inbox: 'inbox',
  incoming_messages: 'messages',
  links: 'links',
  messages: 'messages',
  mutes: 'mutes',
  passwords: 'credentials',
  permissions: 'permissions',
  proofs: 'credentials',
  quarantine: 'inbox',
  sessions: 'sessions',
  sign_ins: 'sign_ins',
  subscriptions: 'subscriptions',
  users: 'created_at',
}
/** Tables that keep nothing of a person, or a site's key of a request for a week, and what outlives no quarter of an hour. */
const others = [
  'accounts',
  'api_keys',
  'apps',
  'batch_failures',
  'batches',
  'chat_tries',
  'code_tries',
  'credentials',
  'idempotency_keys',
  'jobs',
  'listed_followers',
  'menus',
  'migrations',
  'oauth_states',
  'receipts',
  'reconciles',
  'refreshes',
  'reply_rules',
  'sending_days',
  'sending_pauses',
  'switches',
  'templates',
  'vault_keys',
  'verify_files',
]

test('a person’s export shows what every table keeps of them: whoever adds a table says where', async () => {
  expect([...Object.keys(shown), ...others].toSorted()).toEqual((await tablesOf(world)).toSorted())
  const copy = (await world.app.me.export(who.userId)) as Record<string, unknown>
  for (const [table, member] of Object.entries(shown)) {
    expect(copy[member], table).toBeDefined()
    expect(copy[member], table).not.toEqual([])
  }
  const text = JSON.stringify(copy)
  for (const what of ['openid', 'openid_b', 'unionid', 'email']) expect(text, what).toContain(who.traces[what])
  for (const word of ['external', 'note', 'second', 'open', 'words', 'name', 'browser', 'mistaken', 'page'])
    expect(text, word).toContain(`planted-x-${word}`)
})

test('a site’s export has its own part, and neither openid nor unionid nor address [B44]', async () => {
  const { status, body } = await world.api<Record<string, unknown[]>>('GET', `/v1/users/${who.ids.shop}/export`)
  expect(status).toBe(200)
  for (const member of ['identities', 'sites', 'flows', 'events', 'messages', 'conflicts', 'sign_ins', 'links'])
    expect(body[member], member).not.toEqual([])
  const text = JSON.stringify(body)
  for (const word of ['external', 'note', 'open']) expect(text, word).toContain(`planted-x-${word}`)
  for (const what of ['openid', 'openid_b', 'unionid', 'email']) expect(text, what).not.toContain(who.traces[what])
  for (const foreign of ['planted-x-name', 'planted-x-browser', 'planted-x-mistaken', who.ids.club, who.ids.gallery])
    expect(text, foreign).not.toContain(foreign)
})
