import type { AccessToken, JsapiTicket, OauthToken, Qrcode, SnsUserinfo, UserInfo, UserPage } from './api-types.ts'
import { NetworkError } from './errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

/** An answer and where it came from, so that a missing field is reported as the garbage it is. */
interface Source {
  readonly json: JsonObject
  readonly path: string
}

export function readAccessToken(json: JsonObject, path: string): AccessToken {
  const source = { json, path }
  return { accessToken: text(source, 'access_token'), expiresIn: positive(source, 'expires_in') }
}

export function readQrcode(json: JsonObject, path: string, expireSeconds: number | undefined): Qrcode {
  const source = { json, path }
  const answered = typeof json.expire_seconds === 'number' ? json.expire_seconds : 0
  return {
    ticket: text(source, 'ticket'),
    url: text(source, 'url'),
    // An answer of 0 has been seen for a code that worked.
    ...(expireSeconds === undefined ? undefined : { expireSeconds: answered > 0 ? answered : expireSeconds }),
  }
}

export function readUserInfo(json: JsonObject, path: string): UserInfo {
  const tags = json.tagid_list
  return {
    openid: text({ json, path }, 'openid'),
    subscribe: json.subscribe === 1,
    ...(typeof json.subscribe_time === 'number' ? { subscribeTime: json.subscribe_time } : undefined),
    ...optional('unionid', json.unionid),
    ...optional('remark', json.remark),
    ...(Array.isArray(tags) ? { tagidList: tags.filter((tag) => typeof tag === 'number') } : undefined),
    ...optional('subscribeScene', json.subscribe_scene),
    ...optional('qrScene', json.qr_scene === 0 ? undefined : json.qr_scene),
    ...optional('qrSceneStr', json.qr_scene_str),
  }
}

export function readUserInfoList(json: JsonObject, path: string): UserInfo[] {
  return list({ json, path }, 'user_info_list').map((user) => {
    if (!isJsonObject(user)) throw garbage(path)
    return readUserInfo(user, path)
  })
}

export function readUserPage(json: JsonObject, path: string): UserPage {
  const source = { json, path }
  const { data } = json
  const openids = isJsonObject(data) ? strings({ json: data, path }, 'openid') : []
  const total = json.total
  if (typeof total !== 'number') throw garbage(path)
  const next = optional('nextOpenid', source.json.next_openid)
  return { total, openids, ...(openids.length === 0 ? undefined : next) }
}

export function readIpList(json: JsonObject, path: string): string[] {
  return strings({ json, path }, 'ip_list')
}

export function readJsapiTicket(json: JsonObject, path: string): JsapiTicket {
  const source = { json, path }
  return { ticket: text(source, 'ticket'), expiresIn: positive(source, 'expires_in') }
}

export function readOauthToken(json: JsonObject, path: string): OauthToken {
  const source = { json, path }
  return {
    accessToken: text(source, 'access_token'),
    expiresIn: positive(source, 'expires_in'),
    refreshToken: text(source, 'refresh_token'),
    openid: text(source, 'openid'),
    ...optional('scope', json.scope),
    ...optional('unionid', json.unionid),
    // Anything but a plain absence or 0 is taken as a warning.
    isSnapshotUser: json.is_snapshotuser !== undefined && json.is_snapshotuser !== 0,
  }
}

export function readSnsUserinfo(json: JsonObject, path: string): SnsUserinfo {
  const source = { json, path }
  return {
    openid: text(source, 'openid'),
    nickname: typeof json.nickname === 'string' ? json.nickname : '',
    headimgurl: typeof json.headimgurl === 'string' ? json.headimgurl : '',
    privilege: json.privilege === undefined ? [] : strings(source, 'privilege'),
    ...optional('unionid', json.unionid),
  }
}

function text({ json, path }: Source, key: string): string {
  const value = json[key]
  if (typeof value !== 'string' || value === '') throw garbage(path)
  return value
}

function positive({ json, path }: Source, key: string): number {
  const value = json[key]
  if (typeof value !== 'number' || !(value > 0)) throw garbage(path)
  return value
}

function list({ json, path }: Source, key: string): readonly JsonValue[] {
  const value = json[key]
  if (!Array.isArray(value)) throw garbage(path)
  return value
}

function strings(source: Source, key: string): string[] {
  return list(source, key).map((value) => {
    if (typeof value !== 'string') throw garbage(source.path)
    return value
  })
}

/** A property only when there is something to say; a number is told as text. */
function optional<Key extends string>(key: Key, value: JsonValue | undefined): { readonly [K in Key]?: string } {
  if (typeof value === 'number') return { [key]: String(value) } as { readonly [K in Key]: string }
  return typeof value === 'string' && value !== '' ? ({ [key]: value } as { readonly [K in Key]: string }) : {}
}

function garbage(path: string): NetworkError {
  return new NetworkError('garbage', path, 200)
}
