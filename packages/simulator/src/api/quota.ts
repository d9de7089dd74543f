import { type Api, accountBySecret, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'

export const QUOTA_APIS: Api[] = [
  {
    path: '/cgi-bin/openapi/quota/get',
    method: 'POST',
    credential: 'token',
    needs: 'base',
    answer({ world, account, body }) {
      const path = single(body.cgi_path) ?? ''
      if (path.startsWith('/sns/')) throw new ApiError(76022)
      if (!world.quotas.isKnown(path)) throw new ApiError(76021)
      const { daily_limit, used, remain, per_minute } = world.quotas.state(account, path)
      return {
        ...OK,
        quota: { daily_limit, used, remain },
        ...(per_minute > 0 && { rate_limit: { call_count: per_minute, refresh_second: 60 } }),
      }
    },
  },
  {
    path: '/cgi-bin/openapi/quota/clear',
    method: 'POST',
    credential: 'token',
    needs: 'base',
    answer({ world, account, body }) {
      const path = single(body.cgi_path) ?? ''
      if (!world.quotas.isKnown(path)) throw new ApiError(76021)
      world.quotas.clearPath(account, path)
      return OK
    },
  },
  {
    path: '/cgi-bin/clear_quota',
    method: 'POST',
    credential: 'token',
    needs: 'base',
    answer({ world, account, body }) {
      if (body.appid !== account.appid) throw new ApiError(40013)
      world.quotas.clearAll(account)
      return OK
    },
  },
  {
    path: '/cgi-bin/clear_quota/v2',
    method: 'POST',
    credential: 'open',
    answer({ world, body, query }) {
      const account = accountBySecret(world, body.appid ?? query.appid, body.appsecret ?? query.appsecret)
      world.quotas.clearAll(account)
      return OK
    },
  },
]
