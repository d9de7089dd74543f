import pg from 'pg'
import { judge } from './checker.ts'
import { gather } from './evidence.ts'
import { followFeed } from './feed.ts'
import { startVisitors } from './visitors.ts'
import { startWorld } from './world.ts'

/** What a server that breaks its promises would leave behind. */
const damage = [
  'DELETE FROM inbox WHERE id = (SELECT min(id) FROM inbox)',
  // Not whose push the first damage took away: its repeat would mend this one.
  `UPDATE followers SET unfollowed_at = 1
   WHERE openid_index = (SELECT openid_index FROM followers WHERE unfollowed_at IS NULL ORDER BY followed_at DESC LIMIT 1)`,
  `UPDATE flows SET state = 'scanned' WHERE id = (SELECT min(id) FROM flows WHERE state = 'completed')`,
  `INSERT INTO events (app_id, type, data, created_at) SELECT app_id, type, data, created_at FROM events WHERE type = 'flow.scanned' LIMIT 1`,
]

/** A real world in which nothing went wrong, and the same after damage was done to its database. @returns what is found, before and after */
export async function sabotage(seed: number): Promise<{ before: string[]; after: string[] }> {
  const world = await startWorld({ seed })
  try {
    const feed = followFeed(world)
    const visitors = startVisitors(world, 4)
    await visitors.begun(12)
    await visitors.finish()
    const before = judge(await gather(world, feed))
    const client = new pg.Client({ connectionString: world.database })
    await client.connect()
    for (const statement of damage) {
      const { rowCount } = await client.query(statement)
      if (rowCount !== 1) throw new Error(`nothing to damage: ${statement}`)
    }
    await client.end()
    return { before, after: judge(await gather(world, feed)) }
  } finally {
    await world.close()
  }
}
