import { StoreUnavailable } from './store/errors.ts'

/**
 * At most so many at a time for each name, on this node, and one after the other; who comes while they are at it gets undefined. For what would wait
 * for each other in the database, each with a connection that somebody else needs: so a name has one connection, however many come.
 */
export function createTogether(most: number) {
  const lines = new Map<string, { count: number; last: Promise<unknown> }>()

  return async function together<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const line = lines.get(name) ?? { count: 0, last: Promise.resolve() }
    if (line.count >= most) return undefined
    lines.set(name, line)
    line.count++
    const turn = line.last.then(work)
    // Whom the first could not reach in time, those behind do not wait for once more each.
    line.last = turn.catch((error) => {
      if (error instanceof StoreUnavailable) throw error
    })
    line.last.catch(() => {})
    try {
      return await turn
    } finally {
      line.count--
      if (line.count === 0) lines.delete(name)
    }
  }
}
