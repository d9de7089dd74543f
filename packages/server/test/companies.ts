import { randomBytes } from 'node:crypto'
import type { AppInput } from '../src/apps/apps.ts'
import { loadConfig } from '../src/config.ts'
import { type Answer, type Harness, type NewFlow, type Page, type Problem, startHarness } from './harness.ts'

/** A company with several Official Accounts of one open platform, and people who follow some of them. */
export interface Company {
  world: Harness
  /** appids; the first is the world's own. */
  accounts: string[]
  addAccount(openPlatform: string | null): Promise<string>
  /** From QR to confirmed, through this account. */
  confirmed(
    person: string,
    appid: string,
    body?: object,
    key?: string,
    types?: boolean,
  ): Promise<{ flow: NewFlow; code: string; page: Page }>
  redeem(flow: NewFlow, code: string, key?: string): Promise<Answer<Redeemed & Problem>>
  enter(
    person: string,
    appid: string,
    body?: object,
    key?: string,
  ): Promise<Answer<Redeemed & Problem> & { page: Page; flow: NewFlow }>
  indexOf(person: string, appid: string): Promise<string>
}

export interface Redeemed {
  user: { id: string; external_user_id?: string; is_new: boolean } | null
  registration_token?: string
}

export const platform = 'the-company'

/** No limit stands in the way of a test. */
const limits = {
  ...loadConfig({}).limits,
  oauthPerAddress: 100_000,
  flowsPerApp: 100_000,
  flowsPerAddress: 100_000,
  bindsPerUser: 10_000,
  codesPerAddress: 100_000,
  codesPerApp: 100_000,
}

/** A company of two accounts, by their appids. */
export async function startTwoAccounts(): Promise<{ company: Company; world: Harness; a: string; b: string }> {
  const company = await startCompany(2)
  const [a = '', b = ''] = company.accounts
  return { company, world: company.world, a, b }
}

export async function startCompany(
  count: number,
  app: Partial<AppInput> = {},
  logTo?: { write(line: string): void },
): Promise<Company> {
  const world = await startHarness({
    ...(logTo && { logTo }),
    app: { registration: 'auto', bindAssurance: 'tap', ...app },
    config: { limits },
  })
  const { accounts } = world.app

  async function addAccount(openPlatform: string | null): Promise<string> {
    const secrets = {
      secret: randomBytes(16).toString('hex'),
      token: randomBytes(12).toString('hex'),
      encoding_aes_key: randomBytes(32).toString('base64').replace(/[+/=]/g, 'x').slice(0, 43),
    }
    const name = `第${accounts.list().length + 1}服务号`
    const { appid, original_id } = await world.sim('POST', '/accounts', {
      kind: 'service',
      verified: true,
      mode: 'safe',
      name,
      open_platform: openPlatform,
      ...secrets,
    })
    const account = await accounts.add({
      appid,
      originalId: original_id,
      name,
      kind: 'service',
      verified: true,
      simulated: true,
      mode: 'safe',
      secret: secrets.secret,
      token: secrets.token,
      encodingAesKey: secrets.encoding_aes_key,
      ...(openPlatform !== null && { openPlatform }),
    })
    await world.sim('PATCH', `/accounts/${appid}`, { callback_url: `${world.base}/wechat/${account.callbackKey}` })
    return appid
  }

  const all = [world.account.appid]
  await world.sim('PATCH', `/accounts/${world.account.appid}`, { open_platform: platform })
  await accounts.change(world.account.appid, { openPlatform: platform })
  while (all.length < count) all.push(await addAccount(platform))

  const company: Company = {
    world,
    accounts: all,
    addAccount,
    async confirmed(person, appid, body = { kind: 'login' }, key = world.apiKey, types = true) {
      const answer = await world.api<NewFlow>('POST', '/v1/flows', { ...body, account: appid }, { key })
      const flow = answer.body
      if (answer.status !== 201) throw new Error(JSON.stringify(flow))
      const { outcome } = await world.sim('POST', `/people/${person}/scan`, { content: flow.qr.content })
      if (outcome === 'follow_prompt') {
        await world.sim('POST', `/people/${person}/follow`, { account: appid, content: flow.qr.content })
      }
      const chat = await world.sim('GET', `/people/${person}/chat?account=${appid}`)
      const url = chat.findLast((entry: { links?: unknown[] }) => entry.links?.length)?.links[0].url
      const opened: Page = await world.sim('POST', `/people/${person}/open`, { url })
      if (opened.forms.length === 0) return { flow, code: '', page: opened }
      const page: Page = await world.sim('POST', `/people/${person}/submit`, {
        button: { name: 'decision', value: 'confirm' },
      })
      if (page.outputs.code && types) {
        await world.browser('POST', `/v1/flows/${flow.id}/code`, flow.secret, { code: page.outputs.code })
      }
      const { body: seen } = await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)
      return { flow, code: seen.completion_code ?? 'none', page }
    },
    redeem: (flow, completion_code, key = world.apiKey) =>
      world.api<Redeemed & Problem>('POST', `/v1/flows/${flow.id}/redeem`, { completion_code }, { key }),
    async enter(person, appid, body, key) {
      const { flow, code, page } = await company.confirmed(person, appid, body, key)
      return { ...(await company.redeem(flow, code, key)), page, flow }
    },
    async indexOf(person, appid) {
      const { openids } = await world.sim('GET', `/people/${person}`)
      return world.app.users.wechatIndex(appid, openids[appid])
    },
  }
  return company
}
