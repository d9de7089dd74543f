const windowMs = 10 * 60_000
const limit = 10

/** Counts wrong passwords, per address of the account and of the visitor. */
export function createTries() {
  const wrong = new Map<string, { count: number; until: number }>()
  return {
    /** Counts before the password is looked at: parallel guesses count, too. */
    take(name: string): boolean {
      for (const [other, { until }] of wrong) if (until < Date.now()) wrong.delete(other)
      const entry = wrong.get(name) ?? { count: 0, until: Date.now() + windowMs }
      entry.count += 1
      wrong.set(name, entry)
      return entry.count <= limit
    },
    forget(name: string): void {
      wrong.delete(name)
    },
  }
}
