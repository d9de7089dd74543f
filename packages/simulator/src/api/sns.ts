import type { Account } from '../accounts.ts'
import type { Grant, UserToken } from '../oauth/grants.ts'
import type { World } from '../world.ts'
import { type Api, accountBySecret, OK, type Query } from './calls.ts'
import { ApiError } from './errors.ts'

function unionidOf(world: World, account: Account, grant: Grant): string | undefined {
  if (grant.scope !== 'snsapi_userinfo') return undefined
  const unionid = world.people.unionid(account, grant.person)
  // A snapshot's identity is made up, the unionid too.
  return unionid !== undefined && grant.snapshot ? `o${[...grant.openid.slice(1)].reverse().join('')}` : unionid
}

function exchange(world: World, query: Query): object {
  const account = accountBySecret(world, query.appid, query.secret)
  if (query.grant_type !== 'authorization_code') throw new ApiError(40002)
  if (!query.code) throw new ApiError(41008)
  world.quotas.count(account, '/sns/oauth2/access_token')
  const { grant, token } = world.grants.exchange(account, query.code)
  const unionid = unionidOf(world, account, grant)
  return { ...token, ...(grant.snapshot && { is_snapshotuser: 1 }), ...(unionid !== undefined && { unionid }) }
}

function refresh(world: World, query: Query): UserToken {
  if (!query.appid) throw new ApiError(41002)
  const account = world.accounts.find(query.appid)
  if (account === undefined) throw new ApiError(40013)
  if (query.grant_type !== 'refresh_token') throw new ApiError(40002)
  if (!query.refresh_token) throw new ApiError(41003)
  world.quotas.count(account, '/sns/oauth2/refresh_token')
  return world.grants.refresh(account, query.refresh_token)
}

function grantOf(world: World, query: Query): { grant: Grant; account: Account } {
  if (!query.access_token) throw new ApiError(41001)
  if (!query.openid) throw new ApiError(41009)
  const grant = world.grants.check(query.access_token, query.openid)
  const account = world.accounts.find(grant.appid)
  if (account === undefined) throw new ApiError(40013)
  return { grant, account }
}

function userinfo(world: World, query: Query): object {
  const { grant, account } = grantOf(world, query)
  if (grant.scope !== 'snsapi_userinfo') throw new ApiError(48001)
  world.quotas.count(account, '/sns/userinfo')
  const unionid = unionidOf(world, account, grant)
  const picture = grant.snapshot ? 'snapshot' : encodeURIComponent(grant.person.id)
  return {
    openid: grant.openid,
    nickname: grant.snapshot ? '微信用户' : grant.person.name,
    sex: 0,
    language: '',
    city: '',
    province: '',
    country: '',
    headimgurl: `${world.url}/mmopen/${picture}/132`,
    privilege: [],
    ...(unionid !== undefined && { unionid }),
  }
}

/** The calls of the web authorisation: a user's own token instead of the account's. */
export const SNS_APIS: Api[] = [
  {
    path: '/sns/oauth2/access_token',
    method: 'GET',
    credential: 'open',
    answer: ({ world, query }) => exchange(world, query),
  },
  {
    path: '/sns/oauth2/refresh_token',
    method: 'GET',
    credential: 'open',
    answer: ({ world, query }) => refresh(world, query),
  },
  {
    path: '/sns/userinfo',
    method: 'GET',
    credential: 'open',
    answer: ({ world, query }) => userinfo(world, query),
  },
  {
    path: '/sns/auth',
    method: 'GET',
    credential: 'open',
    answer({ world, query }) {
      grantOf(world, query)
      return OK
    },
  },
]
