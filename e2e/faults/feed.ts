import { setTimeout as pause } from 'node:timers/promises'
import type { World } from './world.ts'

export interface Feed {
  /** Reads on until the given event has come, and stops. @returns every event it was given, in order */
  finish(lastId: string | undefined): Promise<{ id: string; type: string; flow: string | undefined }[]>
}

/** The site's backend, following the feed of its app through whatever happens: from node to node, always from where it was. */
export function followFeed(world: World): Feed {
  const heard: { id: string; type: string; flow: string | undefined }[] = []
  let stopAt: string | undefined | null = null
  const reachedEnd = () => stopAt !== null && (stopAt === undefined || heard.at(-1)?.id === stopAt)

  async function follow(): Promise<void> {
    for (let turn = 0; !reachedEnd(); turn++) {
      const node = world.nodes[turn % world.nodes.length]
      try {
        const url = `${node?.url}/v1/events?limit=100&wait=2&after=${heard.at(-1)?.id ?? ''}`
        const response = await fetch(url, {
          headers: { authorization: `Bearer ${world.apiKey}` },
          signal: AbortSignal.timeout(10_000),
        })
        if (!response.ok) throw new Error(String(response.status))
        const { data } = (await response.json()) as { data: { id: string; type: string; data: { flow_id?: string } }[] }
        for (const event of data) heard.push({ id: event.id, type: event.type, flow: event.data.flow_id })
      } catch {
        await pause(50)
      }
    }
  }
  const following = follow()

  return {
    async finish(lastId) {
      stopAt = lastId
      await following
      return heard
    },
  }
}
