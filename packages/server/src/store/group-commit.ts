import type { DatabaseSync } from 'node:sqlite'
import type { Ending } from './batch.ts'
import { StoreUnavailable } from './errors.ts'
import { asUnavailable, begin, type Mutex, rollback } from './sqlite.ts'
import type { Db, Store, Tx } from './store.ts'

interface Waiting {
  work(tx: Tx): Promise<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
  /** `performance.now()` by which it must have begun. */
  due: number
}

/** Whoever asked hears within this time that the database cannot be had. */
const patienceMs = 4_000
/** Beyond this many waiting, the next is told at once to come again: memory must not grow with what cannot be done. */
const mostWaiting = 20_000

/**
 * Transactions that are asked for while another is being written share the next COMMIT, and so one fsync. Each has a savepoint of its own:
 * what one throws undoes that one alone. Nobody hears of his before the commit. `work` must wait for nothing but its own queries.
 */
export function groupCommit(deps: {
  writes: Db
  mutex: Mutex
  writer: DatabaseSync
  /** Each work has an ending of its own. */
  begin(tx: Tx): Ending
  /** Does what a work wants to be done last. */
  finish(ending: Ending): void
  tell(ending: Ending): void
}): { write: Store['write'] } {
  const { mutex, writer } = deps
  const tx = deps.writes as Tx
  const waiting: Waiting[] = []
  let draining = false

  async function run({ work, resolve, reject }: Waiting): Promise<() => void> {
    writer.exec('SAVEPOINT one')
    try {
      const ending = deps.begin(tx)
      const value = await work(tx)
      deps.finish(ending)
      writer.exec('RELEASE one')
      return () => {
        deps.tell(ending)
        resolve(value)
      }
    } catch (error) {
      // A full disk makes SQLite give up the whole transaction by itself: then there is nothing left to go on with.
      if (!writer.isTransaction) throw error
      writer.exec('ROLLBACK TO one')
      writer.exec('RELEASE one')
      return () => reject(asUnavailable(error))
    }
  }

  async function commit(group: Waiting[]): Promise<void> {
    const left = () => Math.min(...group.map((item) => item.due)) - performance.now()
    try {
      const release = await mutex.acquire(left())
      try {
        await begin(writer, left())
        const answers: (() => void)[] = []
        for (const item of group) answers.push(await run(item))
        writer.exec('COMMIT')
        for (const answer of answers) answer()
      } finally {
        try {
          rollback(writer)
        } finally {
          release()
        }
      }
    } catch (error) {
      for (const item of group) item.reject(asUnavailable(error))
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.splice(0)
      const late = group.filter((item) => item.due < performance.now())
      for (const item of late) item.reject(new StoreUnavailable('the database was busy for too long'))
      const timely = group.filter((item) => !late.includes(item))
      if (timely.length > 0) await commit(timely)
    }
    draining = false
  }

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= mostWaiting) {
          reject(new StoreUnavailable('too many wait for the database'))
          return
        }
        const due = performance.now() + patienceMs
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject, due })
        if (draining) return
        draining = true
        setImmediate(() => void drain())
      }),
  }
}
