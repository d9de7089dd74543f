/**
 * Lanes keep work apart: one that is slow or paused holds up no other. `upkeep` is this installation's own housekeeping; what goes out to
 * the world waits while dispatch is paused. `codes` are what somebody waits for in front of a page.
 */
export type Lane = (typeof lanes)[number]

const lanes = ['codes', 'upkeep', 'platform', 'messages'] as const

/** Within a lane. Its first word says whose it is, the rest which of theirs: `wx1`, `wx1 mb_2`. */
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

/** Who has this node's places. */
export function createPlaces() {
  const taken = new Map<string, Queue>()
  const turns = new Map<string, number>()
  let turn = 0

  const freeOf = (lane: Lane) => most[lane].all - count((one) => one.lane === lane)
  function count(isMeant: (one: Queue) => boolean): number {
    return [...taken.values()].filter(isMeant).length
  }

  return {
    /** The lanes that have a place. */
    open: () => lanes.filter((lane) => freeOf(lane) > 0),
    take: (id: string, { lane, queue }: Queue) => void taken.set(id, { lane, queue }),
    leave: (id: string) => void taken.delete(id),
    /**
     * Each free place to the owner who has the fewest, there to the queue that has the fewest, and among equals to the one that has waited for its
     * turn the longest.
     * @param due every queue of the open lanes in which something is due
     */
    share(due: readonly Queue[]): Share[] {
      for (const name of turns.keys()) if (!due.some((one) => nameOf(one) === name)) turns.delete(name)
      return lanes.flatMap((lane) => {
        const shares = due
          .filter((one) => one.lane === lane)
          .map((one) => ({ ...one, limit: 0, has: count((other) => nameOf(other) === nameOf(one)) }))
        const owners = new Map(
          shares.map((one) => [ownerOf(one), count((other) => other.lane === lane && ownerOf(other) === ownerOf(one))]),
        )
        const has = (one: Queue) => owners.get(ownerOf(one)) ?? 0
        for (let free = freeOf(lane); free > 0; free--) {
          const next = shares
            .filter((one) => has(one) < most[lane].ofOne)
            .sort((a, b) => has(a) - has(b) || a.has - b.has || turnOf(a) - turnOf(b))[0]
          if (!next) break
          next.limit++
          next.has++
          owners.set(ownerOf(next), has(next) + 1)
          turns.set(nameOf(next), ++turn)
        }
        return shares.flatMap(({ lane, queue, limit }) => (limit > 0 ? [{ lane, queue, limit }] : []))
      })
    },
  }

  function turnOf(one: Queue): number {
    return turns.get(nameOf(one)) ?? 0
  }
}

function nameOf({ lane, queue }: Queue): string {
  return `${lane} ${queue}`
}

function ownerOf({ queue }: Queue): string {
  return queue.split(' ', 1)[0] ?? ''
}
