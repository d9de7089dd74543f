/** A list that forgets its oldest entries, so that a simulator under a benchmark does not grow. */
export type Ring<T> = {
  push(entry: T): void
  list(): readonly T[]
  clear(): void
}

export function createRing<T>(capacity: number): Ring<T> {
  let entries: T[] = []
  return {
    push(entry) {
      entries.push(entry)
      // Cut in blocks: one copy for many pushes.
      if (entries.length >= capacity * 2) entries = entries.slice(-capacity)
    },
    list: () => (entries.length > capacity ? entries.slice(-capacity) : entries),
    clear() {
      entries = []
    },
  }
}
