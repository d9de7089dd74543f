/**
 * Lanes keep work apart: one that is slow or paused holds up no other. `upkeep` is this installation's own housekeeping; what goes out to
 * the world waits while dispatch is paused. `codes` are what somebody waits for in front of a page.
 */
export type Lane = (typeof lanes)[number]

const lanes = ['codes', 'upkeep', 'platform', 'messages'] as const

/** Within a lane. Its first word says whose it is, the rest which of theirs: `wx1`, `wx1 k`. */
export interface Queue {
  lane: Lane
  queue: string
}

/** So many places for it. */
export type Share = Queue & { limit: number }

/** What one node does at once; of it, for one owner. Whoever is slow to answer leaves places for the others. */
const most: Record<Lane, { all: number; ofOne: number }> = {
  codes: { all: 12, ofOne: 8 },
  upkeep: { all: 4, ofOne: 4 },
  platform: { all: 4, ofOne: 4 },
  messages: { all: 24, ofOne: 16 },
}

/** Whoever waits: how many places they have, and when it was their turn. */
interface Waiting {
  name: string
  has: number
  turn: number
}

/** Who has this node's places. */
export function createPlaces() {
  const taken = new Map<string, Queue>()
  /** Places by lane, owner and queue. */
  const counts = new Map<string, number>()
  /** When an owner, or a queue, last had a turn; of those that wait. */
  const turns = new Map<string, number>()
  let turn = 0

  const has = (name: string) => counts.get(name) ?? 0
  const freeOf = (lane: Lane) => most[lane].all - has(lane)
  const waiting = (name: string): Waiting => ({ name, has: has(name), turn: turns.get(name) ?? 0 })

  function add(one: Queue, by: 1 | -1): void {
    for (const name of new Set([one.lane, ownerOf(one), nameOf(one)])) {
      const count = has(name) + by
      if (count > 0) counts.set(name, count)
      else counts.delete(name)
    }
  }

  function give(one: Waiting): void {
    one.has++
    one.turn = ++turn
    turns.set(one.name, turn)
  }

  /** Whoever is not due any more has no turn to be remembered; of a lane without a free place nobody asked. */
  function forget(asked: readonly Lane[], due: readonly Queue[]): void {
    const names = new Set(due.flatMap((one) => [ownerOf(one), nameOf(one)]))
    for (const name of turns.keys()) {
      if (asked.some((lane) => name.startsWith(`${lane} `)) && !names.has(name)) turns.delete(name)
    }
  }

  function shareLane(lane: Lane, due: readonly Queue[]): Share[] {
    const owners = new Map<string, Waiting & { queues: (Waiting & Share)[] }>()
    for (const one of due) {
      const name = ownerOf(one)
      const owner = owners.get(name) ?? { ...waiting(name), queues: [] }
      owner.queues.push({ ...waiting(nameOf(one)), ...one, limit: 0 })
      owners.set(name, owner)
    }
    const all = [...owners.values()]
    for (let free = freeOf(lane); free > 0; free--) {
      const owner = firstOf(all.filter((one) => one.has < most[lane].ofOne))
      const next = owner && firstOf(owner.queues)
      if (!next) break
      next.limit++
      give(owner)
      give(next)
    }
    return all.flatMap(({ queues }) =>
      queues.flatMap(({ queue, limit }) => (limit > 0 ? [{ lane, queue, limit }] : [])),
    )
  }

  return {
    /** The lanes that have a place. */
    open: () => lanes.filter((lane) => freeOf(lane) > 0),
    take(id: string, { lane, queue }: Queue): void {
      taken.set(id, { lane, queue })
      add({ lane, queue }, 1)
    },
    leave(id: string): void {
      const one = taken.get(id)
      if (one && taken.delete(id)) add(one, -1)
    },
    /**
     * Each free place to the owner who has the fewest, there to the queue that has the fewest, and among equals to the one whose turn was
     * the longest ago.
     * @param asked lanes of which all is known that is due
     */
    share(asked: readonly Lane[], due: readonly Queue[]): Share[] {
      forget(asked, due)
      return asked.flatMap((lane) =>
        shareLane(
          lane,
          due.filter((one) => one.lane === lane),
        ),
      )
    },
  }
}

function firstOf<One extends Waiting>(all: readonly One[]): One | undefined {
  return all.reduce<One | undefined>(
    (first, one) => (!first || one.has < first.has || (one.has === first.has && one.turn < first.turn) ? one : first),
    undefined,
  )
}

export function nameOf({ lane, queue }: Queue): string {
  return `${lane} ${queue}`
}

/** Told apart from a queue of that name. */
function ownerOf({ lane, queue }: Queue): string {
  return `${lane} ${queue.split(' ', 1)[0]} *`
}
