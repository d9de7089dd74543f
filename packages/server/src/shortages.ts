import { StoreUnavailable } from './store/errors.ts'

const restMs = 10_000

/** Says why the database could not be had, and requests were answered 503: each reason every ten seconds at most, for such requests come in crowds. */
export function createShortages(log: { warn(details: object, message: string): void }): (error: unknown) => void {
  const said = new Map<string, number>()
  return (error) => {
    if (!(error instanceof StoreUnavailable)) return
    const now = performance.now()
    const last = said.get(error.message)
    if (last !== undefined && now - last < restMs) return
    // Reasons are few: our own, and PostgreSQL's states.
    said.set(error.message, now)
    log.warn({ reason: error.message }, 'the database could not be had in time; requests are answered 503')
  }
}
