/**
 * At most so many at a time for each name, on this node; who comes while they are at it gets undefined. For what would wait for each other in the
 * database, each with a connection that somebody else needs.
 */
export function createTogether(most: number) {
  const counts = new Map<string, number>()

  return async function together<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const count = counts.get(name) ?? 0
    if (count >= most) return undefined
    counts.set(name, count + 1)
    try {
      return await work()
    } finally {
      const left = (counts.get(name) ?? 1) - 1
      if (left > 0) counts.set(name, left)
      else counts.delete(name)
    }
  }
}
