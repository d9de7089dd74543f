/** Thrown when the database could not be had in time; the caller answers 503, and the push or the request comes again. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** Somebody holds a row that is needed, and does not let it go. What does not need that row may go on. */
export class Contended extends StoreUnavailable {
  override name = 'Contended'
}

/** A row that was to change is not any more what was read. The batch is read and decided again. */
export class Outdated extends Error {
  override name = 'Outdated'
}

/** SQLITE_CONSTRAINT, or SQLSTATE class 23. */
export function isConstraintViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return (Number(error.errcode) & 0xff) === 19
  return sqlState(error)?.startsWith('23') ?? false
}

/** SQLSTATE of an answer of PostgreSQL; undefined for anything else, such as a broken connection. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'severity' in error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
