import { randomBytes } from 'node:crypto'
import type { Database } from './database.ts'

export interface Order {
  /** Nobody guesses it: whoever has the address sees what was ordered, and nothing of the person. */
  id: string
  userId: string
  /** Its place in the list of teas. */
  tea: number
  orderedAt: number
  shippedAt: number | undefined
}

export type Orders = ReturnType<typeof createOrders>

export function createOrders(database: Database) {
  return {
    add(userId: string, tea: number): string {
      const id = BigInt(`0x${randomBytes(10).toString('hex')}`)
        .toString(36)
        .toUpperCase()
      database
        .prepare('INSERT INTO orders (id, user_id, tea, ordered_at) VALUES (?, ?, ?, ?)')
        .run(id, userId, tea, Date.now())
      return id
    },
    find(id: string): Order | undefined {
      const row = database.prepare('SELECT * FROM orders WHERE id = ?').get(id)
      return row && orderOf(row)
    },
    list: (userId: string): Order[] =>
      database
        .prepare('SELECT * FROM orders WHERE user_id = ? ORDER BY ordered_at DESC LIMIT 20')
        .all(userId)
        .map(orderOf),
    /** @returns when it was; the first time counts */
    ship(id: string): number {
      database.prepare('UPDATE orders SET shipped_at = ? WHERE id = ? AND shipped_at IS NULL').run(Date.now(), id)
      return Number(database.prepare('SELECT shipped_at FROM orders WHERE id = ?').get(id)?.shipped_at)
    },
  }
}

function orderOf(row: Record<string, unknown>): Order {
  return {
    id: String(row.id),
    userId: String(row.user_id),
    tea: Number(row.tea),
    orderedAt: Number(row.ordered_at),
    shippedAt: row.shipped_at === null ? undefined : Number(row.shipped_at),
  }
}
