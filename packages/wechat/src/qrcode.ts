import type { QrcodeRequest } from './api-types.ts'
import { LimitError } from './errors.ts'
import type { JsonObject } from './json.ts'

const MAX_EXPIRE_SECONDS = 2_592_000
const DEFAULT_EXPIRE_SECONDS = 60
const MAX_TEMPORARY_SCENE = 4_294_967_295
const MAX_PERMANENT_SCENE = 100_000
const MAX_SCENE_LENGTH = 64

/** The life of a code in seconds, always said: the platform's default has changed before. Undefined for a permanent code. */
export function expireSecondsOf(request: QrcodeRequest): number | undefined {
  if (request.kind === 'QR_LIMIT_SCENE' || request.kind === 'QR_LIMIT_STR_SCENE') return undefined
  return request.expireSeconds ?? DEFAULT_EXPIRE_SECONDS
}

/**
 * The body of qrcode/create.
 * @throws LimitError
 */
export function encodeQrcode(request: QrcodeRequest): JsonObject {
  const expireSeconds = expireSecondsOf(request)
  if (expireSeconds !== undefined && !isWithin(expireSeconds, MAX_EXPIRE_SECONDS)) {
    throw new LimitError('expireSeconds', `must be 1 to ${MAX_EXPIRE_SECONDS}`)
  }
  return {
    action_name: request.kind,
    ...(expireSeconds === undefined ? undefined : { expire_seconds: expireSeconds }),
    action_info: { scene: encodeScene(request) },
  }
}

function encodeScene(request: QrcodeRequest): JsonObject {
  if (request.kind === 'QR_STR_SCENE' || request.kind === 'QR_LIMIT_STR_SCENE') {
    const length = [...request.scene].length
    if (length < 1 || length > MAX_SCENE_LENGTH)
      throw new LimitError('scene', `must be 1 to ${MAX_SCENE_LENGTH} characters`)
    return { scene_str: request.scene }
  }
  const max = request.kind === 'QR_SCENE' ? MAX_TEMPORARY_SCENE : MAX_PERMANENT_SCENE
  if (!isWithin(request.scene, max)) throw new LimitError('scene', `must be 1 to ${max}`)
  return { scene_id: request.scene }
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max
}
