import type { NewCode } from '../codes.ts'
import { type Api, isJson, type Json } from './calls.ts'
import { ApiError } from './errors.ts'

const DEFAULT_SECONDS = 60
const MAX_SECONDS = 2_592_000
const MAX_TEMPORARY_ID = 4_294_967_295
const MAX_PERMANENT_ID = 100_000
const MAX_PERMANENT_CODES = 100_000
const MAX_SCENE_CHARACTERS = 64

const ACTIONS: Record<string, { numeric: boolean; permanent: boolean }> = {
  QR_SCENE: { numeric: true, permanent: false },
  QR_STR_SCENE: { numeric: false, permanent: false },
  QR_LIMIT_SCENE: { numeric: true, permanent: true },
  QR_LIMIT_STR_SCENE: { numeric: false, permanent: true },
}

function readScene(scene: Json, numeric: boolean, permanent: boolean): string {
  if (!numeric) {
    const text = scene.scene_str
    const length = typeof text === 'string' ? [...text].length : 0
    if (length < 1 || length > MAX_SCENE_CHARACTERS) throw new ApiError(40053)
    return String(text)
  }
  const id = scene.scene_id
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1) throw new ApiError(40053)
  if (permanent && id > MAX_PERMANENT_ID) throw new ApiError(40053)
  // Too large an id does not fail: the largest comes back.
  return String(Math.min(id, MAX_TEMPORARY_ID))
}

function readSeconds(value: unknown): number {
  if (value === undefined) return DEFAULT_SECONDS
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new ApiError(47001)
  if (value < 1 || value > MAX_SECONDS) throw new ApiError(40097)
  return value
}

function readWanted(body: Json): NewCode {
  const name = typeof body.action_name === 'string' ? body.action_name : ''
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined) throw new ApiError(40052)
  const info = body.action_info
  if (!isJson(info) || !isJson(info.scene)) throw new ApiError(40053)
  const scene = readScene(info.scene, action.numeric, action.permanent)
  return { scene, numeric: action.numeric, expireSeconds: action.permanent ? null : readSeconds(body.expire_seconds) }
}

/** @see https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.md */
export const CODE_APIS: Api[] = [
  {
    path: '/cgi-bin/qrcode/create',
    method: 'POST',
    credential: 'token',
    needs: 'qrcode',
    answer({ world, account, body }) {
      const wanted = readWanted(body)
      if (wanted.expireSeconds === null) {
        const known = world.codes.findPermanent(account, wanted)
        if (known) return { ticket: known.ticket, url: known.content }
        if (world.codes.permanentCount(account) >= MAX_PERMANENT_CODES) throw new ApiError(45029)
      }
      const { ticket, content } = world.codes.create(account, wanted)
      return {
        ticket,
        ...(wanted.expireSeconds !== null && { expire_seconds: wanted.expireSeconds }),
        url: content,
      }
    },
  },
]
