import { CallbackError } from './errors.ts'

/** The parameters of a callback request that mean something; `openid` is covered by no signature and read by nobody. */
export interface CallbackQuery {
  readonly signature: string
  readonly msgSignature: string
  readonly timestamp: string
  readonly nonce: string
  readonly echostr: string
}

const MAX_QUERY = 4096
const NAMES = ['signature', 'msg_signature', 'timestamp', 'nonce', 'echostr', 'openid', 'encrypt_type'] as const

/**
 * Reads a raw query string. Each known parameter at most once; a signature that is absent or misspelt is left for the check of
 * the signature to refuse. Values are not decoded: nothing genuine needs it.
 * @throws CallbackError `query` or `timestamp`
 */
export function parseCallbackQuery(rawQuery: string): CallbackQuery {
  if (rawQuery.length > MAX_QUERY) throw new CallbackError('query')
  const values: (string | undefined)[] = []
  let start = 0
  while (start < rawQuery.length) {
    const ampersand = rawQuery.indexOf('&', start)
    const end = ampersand === -1 ? rawQuery.length : ampersand
    const equals = rawQuery.indexOf('=', start)
    const nameEnd = equals === -1 || equals > end ? end : equals
    const name = rawQuery.slice(start, nameEnd)
    // `nonce[]` and `%6eonce` are other spellings of a known name somewhere behind us.
    if (!PLAIN_NAME.test(name)) throw new CallbackError('query')
    const index = (NAMES as readonly string[]).indexOf(name)
    if (index !== -1) {
      if (values[index] !== undefined) throw new CallbackError('query')
      values[index] = rawQuery.slice(nameEnd + 1, end)
    }
    start = end + 1
  }
  const [signature = '', msgSignature = '', timestamp = '', nonce = '', echostr = ''] = values
  if (timestamp === '') throw new CallbackError('query')
  if (!TIMESTAMP.test(timestamp)) throw new CallbackError('timestamp')
  if (!NONCE.test(nonce)) throw new CallbackError('query')
  return { signature, msgSignature, timestamp, nonce, echostr }
}

const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,64}$/
const TIMESTAMP = /^[0-9]{10}$/
const NONCE = /^[0-9A-Za-z]{1,32}$/
