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
  write(token: StoredToken): Promise<void>
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

export declare function createTokenHolder(options: TokenHolderOptions): TokenSource
export declare function memoryTokenStore(): TokenStore
