/** A message could not be handed over. It names no recipient, for it is logged. */
export class Undelivered extends Error {
  override name = 'Undelivered'
  /** The other side will never take it: there is no such mailbox, or number. */
  readonly forGood: boolean

  constructor(reason: string, forGood: boolean) {
    super(reason)
    this.forGood = forGood
  }

  /** Servers repeat the address in their refusals: of those only the code is kept. */
  static of(error: unknown): Undelivered {
    const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown }
    const said = Number(responseCode)
    return new Undelivered(`not delivered: ${said || code || 'unreachable'}`, said >= 550 && said <= 559)
  }
}
