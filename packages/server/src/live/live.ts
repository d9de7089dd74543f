/** Wakes whoever waits for something to change. It carries names only; the waiter re-reads the database, so a lost or doubled wake-up is harmless. */
export interface Live {
  /** Call after commit. */
  changed(names: Iterable<string>): void
  /** @returns a function that ends the watch */
  watch(name: string, listener: () => void): () => void
  /** Resolves at the next change, at `timeoutMs`, or when `signal` aborts. */
  next(name: string, timeoutMs: number, signal?: AbortSignal): Promise<void>
  /** How many watch now. */
  watching(): number
}

export function createLive(): Live {
  const watchers = new Map<string, Set<() => void>>()
  let count = 0

  function watch(name: string, listener: () => void): () => void {
    const group = watchers.get(name) ?? new Set()
    watchers.set(name, group.add(listener))
    count++
    let watching = true
    return () => {
      if (!watching) return
      watching = false
      count--
      group.delete(listener)
      if (group.size === 0) watchers.delete(name)
    }
  }

  return {
    watch,
    watching: () => count,
    changed(names) {
      for (const name of names) {
        for (const listener of [...(watchers.get(name) ?? [])]) listener()
      }
    },
    next: (name, timeoutMs, signal) =>
      new Promise((resolve) => {
        function finish(): void {
          clearTimeout(timer)
          unwatch()
          signal?.removeEventListener('abort', finish)
          resolve()
        }
        const timer = setTimeout(finish, timeoutMs)
        const unwatch = watch(name, finish)
        if (signal?.aborted) finish()
        else signal?.addEventListener('abort', finish, { once: true })
      }),
  }
}
