import type { SQLInputValue } from 'node:sqlite'
import { newId, newScene } from '../../packages/server/src/ids.ts'
import { hashSecret } from '../../packages/server/src/vault/vault.ts'
import type { Scan } from '../load/push.ts'
import { inventScans } from '../load/scans.ts'
import { contentOf, ticketOf } from './codes.ts'
import type { BenchDatabase, Row } from './database.ts'
import type { World } from './world.ts'

/**
 * Live flows by the ten thousand, and as many followers to scan them: WeChat pushes SCAN for a person who follows already. One flow is made by the public API; its row is copied with an id, scene and ticket of
 * its own, by a second connection between the rounds. So a copy is what the product writes, and no flow's QR code has to be
 * asked for at the platform. What was written is checkpointed before the round, at nobody's cost.
 */
export async function cloneFlow(world: World, appid: string, flowId: string, count: number): Promise<Scan[]> {
  const { database } = world
  const original = await database.get(`SELECT * FROM flows WHERE id = '${flowId}'`)
  if (original === undefined) throw new Error(`there is no flow ${flowId} to copy`)
  const scans = inventScans(count, newScene, ticketOf)
  const now = Date.now()
  const followers: Row[] = []
  const flows: Record<string, SQLInputValue>[] = []
  for (const { openid, scene, ticket } of scans) {
    const { index, sealed } = world.followerOf(appid, openid)
    const event_at = Math.floor(now / 1000) - 3_600
    followers.push({ appid, openid_index: index, openid_sealed: sealed, followed_at: now, event_at })
    flows.push({ ...original, id: newId('fl'), scene_hash: hashSecret(scene), ticket, qr_content: contentOf(scene) })
  }
  await database.insert('followers', followers)
  await database.insert('flows', flows)
  await database.settle()
  return scans
}

export interface Ledger {
  readonly scanned: number
  readonly confirmed: number
  /** Pushes recorded with the reply they got. */
  readonly replied: number
}

/** What is in the database: the proof that what was answered was done. */
export async function readLedger(database: BenchDatabase): Promise<Ledger> {
  const count = async (sql: string): Promise<number> => Number((await database.get(sql))?.n)
  return {
    scanned: await count(`SELECT count(*) AS n FROM flows WHERE state = 'scanned'`),
    confirmed: await count(`SELECT count(*) AS n FROM flows WHERE state = 'confirmed'`),
    replied: await count('SELECT count(*) AS n FROM inbox WHERE reply_sealed IS NOT NULL'),
  }
}

export function formatLedger({ scanned, confirmed, replied }: Ledger): string {
  return `In Hufu's database at the end: ${scanned} flows scanned, ${confirmed} confirmed, ${replied} pushes with their reply.`
}
