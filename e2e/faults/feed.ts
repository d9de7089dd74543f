import { setTimeout as pause } from 'node:timers/promises'
import type { World } from './world.ts'

export interface Feed {
  /** Reads on until the given event has come or what comes is later, and stops. @returns the ids it was given up to there, in order */
  finish(lastId: string | undefined): Promise<string[]>
}

/** The site's backend, following the feed of its app through whatever happens: from node to node, always from where it was. */
export function followFeed(world: World): Feed {
  const heard: string[] = []
  let goal: number | undefined
  let patience: AbortSignal | undefined
  const isOver = () => goal !== undefined && (numberOf(heard.at(-1)) >= goal || patience?.aborted)

  async function follow(): Promise<void> {
    for (let turn = 0; !isOver(); turn++) {
      const node = world.nodes[turn % world.nodes.length]
      try {
        const url = `${node?.url}/v1/events?limit=100&wait=2&after=${heard.at(-1) ?? ''}`
        const response = await fetch(url, {
          headers: { authorization: `Bearer ${world.apiKey}` },
          signal: AbortSignal.timeout(10_000),
        })
        if (!response.ok) throw new Error(String(response.status))
        const { data } = (await response.json()) as { data: { id: string }[] }
        for (const event of data) heard.push(event.id)
      } catch {
        await pause(50)
      }
    }
  }
  const following = follow()

  return {
    async finish(lastId) {
      // A feed that skips its last event would be waited for for ever.
      patience = AbortSignal.timeout(20_000)
      goal = numberOf(lastId)
      await following
      const end = goal
      return heard.filter((id) => numberOf(id) <= end)
    },
  }
}

function numberOf(id: string | undefined): number {
  return id === undefined ? 0 : Number(id.slice(3))
}
