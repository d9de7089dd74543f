import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from './harness.ts'
import { everythingStored } from './wire.ts'

let world: Harness
const lines: string[] = []
beforeAll(async () => {
  world = await startHarness({ logTo: { write: (line) => void lines.push(line) } })
})
afterAll(() => world.close())

test('logs, database, addresses and answers hold no identifier and no secret [T22, T32, T48, B50, G6]', async () => {
  const canaries: Record<string, string> = {
    api_key: world.apiKey,
    token: world.seeded.token,
    aes_key: world.seeded.encodingAesKey,
    name: 'canary-name-7391',
    message: 'canary-message-7391',
    external: 'canary-external-7391',
    display: 'canary-display-7391',
    binding: 'canary-binding-7391',
  }
  const platform = (await world.sim('GET', '/accounts')).find(
    (one: { appid: string }) => one.appid === world.account.appid,
  )
  canaries.appsecret = platform.secret
  const { id: person } = await world.sim('POST', '/people', { name: canaries.name })
  const addresses: string[] = []
  const flow = await world.createFlow({
    kind: 'bind',
    external_user_id: canaries.external,
    display_name: `${canaries.display}@canary-domain-7391.example`,
    browser_binding: canaries.binding,
  })
  addresses.push(flow.qr.content, flow.wechat_url ?? '')
  canaries.browser_secret = flow.secret
  const reply = await world.scan(person, flow.qr.content)
  addresses.push(...reply.links)
  canaries.openid = (await world.sim('GET', `/people/${person}`)).openids[world.account.appid]
  await world.sim('POST', `/people/${person}/say`, { account: world.account.appid, text: canaries.message })
  // A call to WeChat that fails must not tell its address, which holds the secret.
  await world.sim('POST', '/faults', { path: '/sns/oauth2/access_token', kind: 'reset_after_accept', times: 1 })
  addresses.push((await world.decide(person, 'confirm')).url)
  const page = await world.decide(person, 'confirm')
  addresses.push(page.url)
  const { code = '' } = page.outputs
  expect(code).toMatch(/^\d{6}$/)
  const confirmed = await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code })
  const { completion_code = '' } = confirmed.body
  canaries.completion_code = completion_code
  const redeemed = await world.api('POST', `/v1/flows/${flow.id}/redeem`, {
    completion_code,
    browser_binding: canaries.binding,
  })
  expect(redeemed.status).toBe(200)
  expect(JSON.stringify(redeemed.body)).not.toContain(canaries.openid)
  await world.sim('POST', '/push', {
    account: world.account.appid,
    person,
    event: { Event: 'SCAN', EventKey: 'x' },
    mutate: 'malformed',
  })
  // A link from the chat into the site, and the claim of it.
  const { appid } = world.account
  await world.app.apps.change(world.site.id, { linkUrl: `${world.base}/healthz` })
  await world.app.accounts.change(appid, { welcome: '<a href="{link}">go</a>' })
  const { id: newcomer } = await world.sim('POST', '/people', { name: 'canary-newcomer-7391' })
  await world.sim('POST', `/people/${newcomer}/follow`, { account: appid })
  const [welcome] = (await world.sim('GET', `/people/${newcomer}/chat?account=${appid}`)).at(-1).links
  canaries.newcomer = (await world.sim('GET', `/people/${newcomer}`)).openids[appid]
  const arrived = await world.sim('POST', `/people/${newcomer}/open`, { url: welcome.url })
  const claim = { external_user_id: canaries.external, display_name: canaries.display }
  const link = new URL(arrived.url).searchParams.get('link')
  const claimed = await world.api<{ continue_url: string }>('POST', `/v1/links/${link}/claim`, claim)
  expect(claimed.status).toBe(200)
  addresses.push(welcome.url, arrived.url, claimed.body.continue_url)
  const token = welcome.url.split('/').pop()
  await world.app.housekeep()

  const database = await everythingStored(world)
  const logs = lines.join('')
  expect(logs).toContain('answered')
  expect(database).toContain(flow.id)
  for (const [name, canary] of Object.entries(canaries)) {
    expect(canary, name).not.toHaveLength(0)
    expect(logs.includes(canary), `${name} in the logs`).toBe(false)
    expect(database.includes(canary), `${name} in the database`).toBe(false)
    expect(addresses.join(' ').includes(canary), `${name} in an address`).toBe(false)
    expect(JSON.stringify([...confirmed.headers, ...redeemed.headers]).includes(canary), `${name} in a header`).toBe(
      false,
    )
  }
  expect(database.includes(token), 'a link’s token in the database').toBe(false)
  for (const secret of [token, flow.id.slice(3), reply.links[0]?.split('/').pop() ?? 'x'])
    expect(logs.includes(secret), 'a flow or its link in the logs').toBe(false)
})
