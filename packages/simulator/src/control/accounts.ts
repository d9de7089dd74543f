import type { FastifyInstance } from 'fastify'
import { type Account, type AccountFields, KINDS, MODES, type QuotaLimit } from '../accounts.ts'
import { isJson } from '../api/calls.ts'
import { checkCallback } from '../pushes/check.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { type Input, readInput } from './input.ts'

function readQuotas(value: unknown): Record<string, QuotaLimit> {
  if (!isJson(value)) throw new Refusal(400, 'bad_field', 'quotas must be an object')
  return Object.fromEntries(
    Object.entries(value).map(([path, limit]) => {
      const { daily, per_minute } = isJson(limit) ? limit : {}
      return [
        path,
        { ...(typeof daily === 'number' && { daily }), ...(typeof per_minute === 'number' && { per_minute }) },
      ]
    }),
  )
}

function compact(fields: { [K in keyof AccountFields]: AccountFields[K] | undefined }): AccountFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function readFields(input: Input): AccountFields {
  return compact({
    name: input.text('name'),
    verified: input.flag('verified'),
    mode: input.choice('mode', MODES),
    callback_url: input.textOrNull('callback_url'),
    token: input.text('token'),
    encoding_aes_key: input.text('encoding_aes_key'),
    secret: input.text('secret'),
    open_platform: input.textOrNull('open_platform'),
    oauth_domain: input.textOrNull('oauth_domain'),
    business_domain: input.textOrNull('business_domain'),
    subscribemsg_template_id: input.text('subscribemsg_template_id'),
    quotas: input.body.quotas === undefined ? undefined : readQuotas(input.body.quotas),
  })
}

export function registerAccounts(app: FastifyInstance, world: World): void {
  const view = (account: Account) => ({
    ...account,
    followers: world.people.followerCount(account),
    menu: world.menus.find(account.appid) ?? null,
  })

  async function withCheck(account: Account, verify: boolean | undefined) {
    return verify ? { ...view(account), verification: await checkCallback(world, account) } : view(account)
  }

  app.post('/_sim/accounts', (request) => {
    const input = readInput(request)
    const identity = compact({
      kind: input.choice('kind', KINDS),
      appid: input.text('appid'),
      original_id: input.text('original_id'),
    })
    return withCheck(world.accounts.create({ ...readFields(input), ...identity }), input.flag('verify'))
  })

  app.get('/_sim/accounts', () => world.accounts.list().map(view))

  app.get<{ Params: { appid: string } }>('/_sim/accounts/:appid', (request) =>
    view(world.accounts.get(request.params.appid)),
  )

  app.patch<{ Params: { appid: string } }>('/_sim/accounts/:appid', (request) => {
    const input = readInput(request)
    return withCheck(world.accounts.change(request.params.appid, readFields(input)), input.flag('verify'))
  })
}
