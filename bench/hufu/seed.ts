import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { newId, newScene } from '../../packages/server/src/ids.ts'
import { hashSecret } from '../../packages/server/src/vault/vault.ts'
import type { Scan } from '../load/push.ts'
import { inventScans } from '../load/scans.ts'
import { contentOf, ticketOf } from './codes.ts'
import type { World } from './world.ts'

/**
 * Live flows by the ten thousand, and as many followers to scan them: WeChat pushes SCAN for a person who follows already. One flow is made by the public API; its row is copied with an id, scene and ticket of
 * its own, by a second connection between the rounds. So a copy is what the product writes, and no flow's QR code has to be
 * asked for at the platform. What was written is checkpointed before the round, at nobody's cost.
 */
export function cloneFlow(world: World, appid: string, flowId: string, count: number): Scan[] {
  using database = new DatabaseSync(world.databaseFile, { timeout: 10_000 })
  database.exec('PRAGMA synchronous = OFF')
  const original = database.prepare('SELECT * FROM flows WHERE id = ?').get(flowId)
  if (original === undefined) throw new Error(`there is no flow ${flowId} to copy`)

  const columns = Object.keys(original)
  const insert = database.prepare(
    `INSERT INTO flows (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const follow = database.prepare(
    'INSERT INTO followers (appid, openid_index, openid_sealed, followed_at, event_at) VALUES (?, ?, ?, ?, ?)',
  )
  const scans = inventScans(count, newScene, ticketOf)
  const now = Date.now()
  database.exec('BEGIN IMMEDIATE')
  for (const { openid, scene, ticket } of scans) {
    const { index, sealed } = world.followerOf(appid, openid)
    follow.run(appid, index, sealed, now, Math.floor(now / 1000) - 3_600)
    const copy: Record<string, SQLInputValue> = {
      ...original,
      id: newId('fl'),
      scene_hash: hashSecret(scene),
      ticket,
      qr_content: contentOf(scene),
    }
    insert.run(...columns.map((column) => copy[column] ?? null))
  }
  database.exec('COMMIT')
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return scans
}

export interface Ledger {
  readonly scanned: number
  readonly confirmed: number
  /** Pushes recorded with the reply they got. */
  readonly replied: number
}

/** What is in the database: the proof that what was answered was done. */
export function readLedger(databaseFile: string): Ledger {
  using database = new DatabaseSync(databaseFile, { readOnly: true, timeout: 10_000 })
  const count = (sql: string): number => Number(database.prepare(sql).get()?.n)
  return {
    scanned: count(`SELECT count(*) AS n FROM flows WHERE state = 'scanned'`),
    confirmed: count(`SELECT count(*) AS n FROM flows WHERE state = 'confirmed'`),
    replied: count('SELECT count(*) AS n FROM inbox WHERE reply_sealed IS NOT NULL'),
  }
}

export function formatLedger({ scanned, confirmed, replied }: Ledger): string {
  return `In Hufu's database at the end: ${scanned} flows scanned, ${confirmed} confirmed, ${replied} pushes with their reply.`
}
