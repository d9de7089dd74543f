import { NetworkError } from './errors.ts'

/** Gives the access token to whoever calls the platform. */
export interface TokenSource {
  /** The token to use now. */
  get(): Promise<string>
  /**
   * The platform refused `used`: answers the token to try next, which is `used` itself when there is nothing better to try
   * (it was refreshed less than 60 s ago).
   */
  invalidate(used: string): Promise<string>
}

export interface StoredToken {
  readonly accessToken: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Where the token is kept: in memory for one process, in a database for several. */
export interface TokenStore {
  read(): Promise<StoredToken | undefined>
  /** False: a later refresh has begun meanwhile, so this token was not kept, and the store is read again. */
  write(token: StoredToken): Promise<unknown>
  /**
   * Where several processes share the store: asks to be the one that refreshes. False: it is another's turn, or the last refresh began less than
   * a minute ago. Without it this process always refreshes itself.
   */
  claim?(): Promise<boolean>
  /** Resolves when another process has written, as soon as that can be known, or after `timeoutMs`. */
  changed?(timeoutMs: number): Promise<void>
}

export interface TokenHolderOptions {
  /** Normally `client.stableToken()`. `expiresIn` in seconds. */
  fetchToken(): Promise<{ readonly accessToken: string; readonly expiresIn: number }>
  readonly store: TokenStore
  /** Milliseconds since 1970. */
  now(): number
  /** Refresh this long before expiry, while the old token still works. Default 300. */
  readonly earlyRefreshSeconds?: number
}

const DEFAULT_EARLY_SECONDS = 300
/** A token refused again this soon after its refresh is not going to get better by asking once more. */
const REFRESH_PAUSE_MS = 60_000
/** So long, and in such steps, another process's refresh is waited for. */
const PATIENCE_MS = 6_000
const STEP_MS = 1_000

/**
 * Holds the token of one account: one refresh at a time however many callers wait, early and in the background while the old
 * token still works, and never before looking whether somebody else has done it. It never forces: `stable_token` in its
 * normal mode is safe to call from several processes.
 * @see https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
 */
export function createTokenHolder(options: TokenHolderOptions): TokenSource {
  const { store, now } = options
  const earlyMs = (options.earlyRefreshSeconds ?? DEFAULT_EARLY_SECONDS) * 1000
  let held: StoredToken | undefined
  let flight: Promise<StoredToken> | undefined
  let lastTryAt = -Infinity
  let lastFailure: { readonly error: unknown; readonly at: number } | undefined
  let lastInvalid: { readonly accessToken: string; readonly at: number } | undefined

  function refresh(refused: string | undefined): Promise<StoredToken> {
    flight ??= replace(refused).finally(() => {
      flight = undefined
    })
    return flight
  }

  async function replace(refused: string | undefined): Promise<StoredToken> {
    lastTryAt = now()
    let first: StoredToken | undefined
    for (let waited = 0; ; waited += STEP_MS) {
      const stored = await store.read()
      first ??= stored
      const isAnother = stored !== undefined && stored.accessToken !== refused
      // A token about to expire is still better than one that was refused.
      const needed = refused === undefined ? earlyMs : 0
      if (isAnother && stored.expiresAt - now() > needed) return keep(stored)
      if (store.claim === undefined || (await store.claim())) return fetchToken(refused)
      if (isAnother && stored.expiresAt > now()) return keep(stored)
      if (lastFailure !== undefined && now() - lastFailure.at < REFRESH_PAUSE_MS) throw lastFailure.error
      // Refreshed meanwhile, and the same again: the platform insists on it.
      const isSameAgain = stored?.accessToken === refused && stored?.expiresAt !== first?.expiresAt
      if (isSameAgain || waited >= PATIENCE_MS) {
        if (refused !== undefined) lastInvalid = { accessToken: refused, at: now() }
        if (stored !== undefined && stored.expiresAt > now()) return keep(stored)
        // Another process is at it, and has not finished: to this one WeChat does not answer.
        throw new NetworkError('timeout', '/cgi-bin/stable_token')
      }
      await store.changed?.(STEP_MS)
    }
  }

  function keep(token: StoredToken): StoredToken {
    held = token
    return token
  }

  async function fetchToken(refused: string | undefined): Promise<StoredToken> {
    const startedAt = now()
    try {
      const { accessToken, expiresIn } = await options.fetchToken()
      const token = keep({ accessToken, expiresAt: startedAt + expiresIn * 1000 })
      lastFailure = undefined
      if (refused !== undefined) lastInvalid = { accessToken: refused, at: startedAt }
      const isNewest = (await store.write(token)) !== false
      return isNewest ? token : keep((await store.read()) ?? token)
    } catch (error) {
      lastFailure = { error, at: startedAt }
      throw error
    }
  }

  return {
    async get() {
      const current = held
      const remaining = current === undefined ? 0 : current.expiresAt - now()
      if (current === undefined || remaining <= 0) return (await refresh(undefined)).accessToken
      // A failed early refresh is tried again by a later caller; the token in hand works until it expires.
      if (remaining <= earlyMs && now() - lastTryAt >= REFRESH_PAUSE_MS) refresh(undefined).catch(() => undefined)
      return current.accessToken
    },

    async invalidate(used) {
      if (flight !== undefined) {
        const { accessToken } = await flight
        if (accessToken !== used) return accessToken
      }
      if (held !== undefined && held.accessToken !== used && held.expiresAt > now()) return held.accessToken
      if (lastInvalid?.accessToken === used && now() - lastInvalid.at < REFRESH_PAUSE_MS) {
        const stored = await store.read()
        const isBetter = stored !== undefined && stored.accessToken !== used && stored.expiresAt > now()
        return isBetter ? keep(stored).accessToken : used
      }
      return (await refresh(used)).accessToken
    },
  }
}

/** Keeps the token in this process only. */
export function memoryTokenStore(): TokenStore {
  let stored: StoredToken | undefined
  return {
    read: async () => stored,
    write: async (token) => {
      stored = token
    },
  }
}
