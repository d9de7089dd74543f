import type { Push } from './push-types.ts'
import type { Reply } from './reply.ts'

export type CallbackMode = 'plaintext' | 'compatible' | 'safe'

export interface CallbackConfig {
  readonly appid: string
  /** `gh_…`, the `ToUserName` of every push. */
  readonly originalId: string
  /** 3–32 letters and digits. */
  readonly token: string
  /** Decides alone what is demanded of a request; nothing in a request can lower it. */
  readonly mode: CallbackMode
  /** 43 letters and digits; required unless `mode` is plaintext. */
  readonly encodingAesKey?: string
  /** The secrets before the last change: accepted while the platform still sends with them. */
  readonly previous?: { readonly token: string; readonly encodingAesKey?: string }
  /** How far `timestamp` may be from now, both ways, in seconds. Default 300; Infinity switches it off (for replay tools). */
  readonly windowSeconds?: number
}

export interface OpenedPush {
  readonly push: Push
  /** Whether it came encrypted; hand it to `compose`. */
  readonly encrypted: boolean
  /** The authentic document. */
  readonly xml: string
  /** Equal for every delivery of one push, different for different pushes of one account. At most 32 characters. */
  readonly dedupeKey: string
}

export interface Callback {
  /**
   * The platform's GET check.
   * @param rawQuery what follows `?` in the URL, untouched
   * @param now milliseconds since 1970
   * @returns the exact body to answer
   * @throws CallbackError
   */
  verify(rawQuery: string, now: number): string
  /**
   * A POST: verify, decrypt, parse.
   * @throws CallbackError
   */
  open(rawQuery: string, body: Uint8Array, now: number): OpenedPush
  /**
   * The HTTP body of the answer; without a reply the bare word `success`.
   * @throws LimitError when the reply breaks a limit of the platform
   */
  compose(push: Push, reply: Reply | undefined, options: { readonly now: number; readonly encrypted: boolean }): string
}

/** @throws ConfigError */
export declare function createCallback(config: CallbackConfig): Callback
