import { type Batch, liveName, type Store, type Tx } from '../store/store.ts'

/** Wakes whoever waits for something to change, on whatever node. It carries names only; the waiter re-reads the database, so a lost or doubled wake-up is harmless. */
export interface Live {
  /** Wakes the watchers of these names when, and only when, the transaction commits. */
  changed(tx: Tx | Batch, names: Iterable<string>): void
  /** @returns a function that ends the watch */
  watch(name: string, listener: () => void): () => void
  /** Resolves at the next change, at `timeoutMs`, or when `signal` aborts. */
  next(name: string, timeoutMs: number, signal?: AbortSignal): Promise<void>
  /** How many watch now. */
  watching(): number
}

export function createLive(store: Store): Live {
  const watchers = new Map<string, Set<() => void>>()
  let count = 0

  function wake(name: string): void {
    for (const listener of [...(watchers.get(name) ?? [])]) listener()
  }

  store.listen({
    changed(names) {
      for (const name of names) wake(name)
    },
    lost() {
      for (const name of [...watchers.keys()]) wake(name)
    },
  })

  function watch(name: string, listener: () => void): () => void {
    const key = liveName(name)
    const group = watchers.get(key) ?? new Set()
    watchers.set(key, group.add(listener))
    count++
    let watching = true
    return () => {
      if (!watching) return
      watching = false
      count--
      group.delete(listener)
      if (group.size === 0 && watchers.get(key) === group) watchers.delete(key)
    }
  }

  return {
    watch,
    watching: () => count,
    changed: store.changed,
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
