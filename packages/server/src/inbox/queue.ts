import { Contended, StoreUnavailable } from '../store/store.ts'

/** Arrivals on their way into a batch: what comes while one is being written forms the next. */
export interface Queue<Item, Result> {
  /** Resolves after the commit of the batch that holds the item. @throws StoreUnavailable when that cannot be done in time */
  add(item: Item): Promise<Result>
}

/** What waits for its batch. */
export interface Waiting {
  /** `performance.now()` by which an answer must have left. */
  due: number
}

/** Arrivals wait here while a batch is being written; beyond this many they are told to come again. */
const mostWaiting = 20_000
const mostInBatch = 512
const partsOfBatch = 8

/** @param writeBatch one transaction for all of them, within so many milliseconds; results in the order of the items */
export function createQueue<Item extends Waiting, Result>(
  writeBatch: (items: Item[], patienceMs: number) => Promise<Result[]>,
): Queue<Item, Result> {
  type Entry = { item: Item; resolve(result: Result): void; reject(error: unknown): void }
  const waiting: Entry[] = []
  let writing = false

  /** One transaction for the batch; nobody is answered before it is durable. */
  async function write(entries: Entry[]): Promise<void> {
    try {
      const due = Math.min(...entries.map(({ item }) => item.due))
      const results = await writeBatch(
        entries.map(({ item }) => item),
        due - performance.now(),
      )
      entries.forEach((entry, position) => {
        const result = results[position]
        if (result !== undefined) entry.resolve(result)
      })
    } catch (error) {
      const isDown = error instanceof StoreUnavailable && !(error instanceof Contended)
      if (entries.length === 1 || isDown) for (const entry of entries) entry.reject(error)
      // One push that trips over a bug, or needs a row that is held, must not take its neighbours with it.
      else for (const part of parts(entries)) await write(part)
    }
  }

  /** Few of many, then each alone: every part with the stuck one in it waits once more for its lock. */
  function parts(entries: Entry[]): Entry[][] {
    const size = Math.ceil(entries.length / partsOfBatch)
    return Array.from({ length: Math.ceil(entries.length / size) }, (_, part) =>
      entries.slice(part * size, (part + 1) * size),
    )
  }

  /** Those who have no time left are told so, and do not hurry the rest. */
  function timely(batch: Entry[]): Entry[] {
    const now = performance.now()
    for (const { item, reject } of batch) {
      if (item.due <= now) reject(new StoreUnavailable('the database was busy for too long'))
    }
    return batch.filter(({ item }) => item.due > now)
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = timely(waiting.splice(0, mostInBatch))
      if (batch.length > 0) await write(batch)
    }
    writing = false
  }

  return {
    add(item) {
      if (waiting.length >= mostWaiting) return Promise.reject(new StoreUnavailable('too many pushes are waiting'))
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (writing) return
        writing = true
        // What else arrived in this turn of the event loop joins the same transaction.
        setImmediate(() => void drain())
      })
    },
  }
}
