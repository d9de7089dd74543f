import { type Api, accountBySecret, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'

function checkGrantType(value: unknown): void {
  if (value !== 'client_credential') throw new ApiError(40002)
}

const LOOPBACK = '127.0.0.1'
const OPERATORS = ['CHINANET', 'UNICOM', 'CAP', 'DEFAULT']

/** Access tokens, tickets and addresses. */
export const CREDENTIAL_APIS: Api[] = [
  {
    path: '/cgi-bin/token',
    method: 'GET',
    credential: 'open',
    answer({ world, query }) {
      checkGrantType(query.grant_type)
      const account = accountBySecret(world, query.appid, query.secret)
      world.quotas.count(account, '/cgi-bin/token')
      return world.tokens.issue(account)
    },
  },
  {
    path: '/cgi-bin/stable_token',
    method: 'POST',
    credential: 'open',
    answer({ world, body }) {
      checkGrantType(body.grant_type)
      const account = accountBySecret(world, body.appid, body.secret)
      world.quotas.count(account, '/cgi-bin/stable_token')
      return world.tokens.stable(account, body.force_refresh === true)
    },
  },
  {
    path: '/cgi-bin/ticket/getticket',
    method: 'GET',
    credential: 'token',
    needs: 'base',
    answer({ world, account, query }) {
      const type = query.type ?? ''
      if (type !== 'jsapi' && type !== 'wx_card') throw new ApiError(40097)
      return { ...OK, ...world.tokens.ticket(account, type) }
    },
  },
  {
    path: '/cgi-bin/getcallbackip',
    method: 'GET',
    credential: 'token',
    needs: 'base',
    answer: () => ({ ip_list: [LOOPBACK] }),
  },
  {
    path: '/cgi-bin/get_api_domain_ip',
    method: 'GET',
    credential: 'token',
    needs: 'base',
    answer: () => ({ ip_list: [LOOPBACK] }),
  },
  {
    path: '/cgi-bin/callback/check',
    method: 'POST',
    credential: 'token',
    needs: 'base',
    answer({ account, body }) {
      const action = single(body.action) ?? ''
      const operator = single(body.check_operator) ?? ''
      if (account.callback_url === null) throw new ApiError(40201)
      if (!['dns', 'ping', 'all'].includes(action)) throw new ApiError(40202)
      if (!OPERATORS.includes(operator)) throw new ApiError(40203)
      const dns = [{ ip: LOOPBACK, real_operator: 'UNICOM' }]
      const ping = [{ ip: LOOPBACK, from_operator: operator, package_loss: '0%', time: '0.1ms' }]
      return { ...(action !== 'ping' && { dns }), ...(action !== 'dns' && { ping }) }
    },
  },
]
