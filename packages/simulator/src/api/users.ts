import type { Account } from '../accounts.ts'
import type { World } from '../world.ts'
import { type Api, isJson } from './calls.ts'
import { ApiError } from './errors.ts'

const BATCH = 100
const PAGE = 10_000

/** What `user/info` says: next to nothing of somebody who does not follow, and nobody's nickname since December 2021. */
function userInfo(world: World, account: Account, openid: unknown): object {
  const person = typeof openid === 'string' ? world.people.findByOpenid(account, openid) : undefined
  if (person === undefined || typeof openid !== 'string') throw new ApiError(40003)
  const follow = person.follows.get(account.appid)
  if (follow === undefined) return { subscribe: 0, openid }
  const unionid = world.people.unionid(account, person)
  return {
    subscribe: 1,
    openid,
    language: 'zh_CN',
    subscribe_time: follow.since,
    ...(unionid !== undefined && { unionid }),
    remark: '',
    groupid: 0,
    tagid_list: [],
    subscribe_scene: follow.scene,
    qr_scene: follow.qrScene,
    qr_scene_str: follow.qrSceneText,
  }
}

export const USER_APIS: Api[] = [
  {
    path: '/cgi-bin/user/info',
    method: 'GET',
    credential: 'token',
    needs: 'users',
    answer({ world, account, query }) {
      if (!query.openid) throw new ApiError(41009)
      return userInfo(world, account, query.openid)
    },
  },
  {
    path: '/cgi-bin/user/info/batchget',
    method: 'POST',
    credential: 'token',
    needs: 'users',
    answer({ world, account, body }) {
      const list = body.user_list
      if (!Array.isArray(list)) throw new ApiError(47001)
      if (list.length === 0 || list.length > BATCH) throw new ApiError(40032)
      const openids = list.map((one: unknown) => (isJson(one) ? one.openid : undefined))
      return { user_info_list: openids.map((openid) => userInfo(world, account, openid)) }
    },
  },
  {
    path: '/cgi-bin/user/get',
    method: 'GET',
    credential: 'token',
    needs: 'users',
    answer({ world, account, query }) {
      const all = world.people.followers(account).map((person) => world.people.openid(account, person))
      const after = query.next_openid ?? ''
      const start = after === '' ? 0 : all.indexOf(after) + 1
      if (after !== '' && start === 0) throw new ApiError(40003)
      const openid = all.slice(start, start + PAGE)
      if (openid.length === 0) return { total: all.length, count: 0, next_openid: '' }
      return { total: all.length, count: openid.length, data: { openid }, next_openid: openid.at(-1) }
    },
  },
]
