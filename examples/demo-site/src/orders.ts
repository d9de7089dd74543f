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
  /** Since when it can be collected. */
  arrivedAt: number | undefined
}

export type Orders = ReturnType<typeof createOrders>

export function createOrders(database: Database) {
  const all = 'SELECT * FROM orders LEFT JOIN arrivals ON order_id = id'
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
      const row = database.prepare(`${all} WHERE id = ?`).get(id)
      return row && orderOf(row)
    },
    list: (userId: string): Order[] =>
      database.prepare(`${all} WHERE user_id = ? ORDER BY ordered_at DESC LIMIT 20`).all(userId).map(orderOf),
    /** @returns when it was; the first time counts */
    ship(id: string): number {
      database.prepare('UPDATE orders SET shipped_at = ? WHERE id = ? AND shipped_at IS NULL').run(Date.now(), id)
      return Number(database.prepare('SELECT shipped_at FROM orders WHERE id = ?').get(id)?.shipped_at)
    },
    arrive(id: string): void {
      database.prepare('INSERT OR IGNORE INTO arrivals (order_id, arrived_at) VALUES (?, ?)').run(id, Date.now())
    },
  }
}

function orderOf(row: Record<string, unknown>): Order {
  return {
    id: String(row.id),
    userId: String(row.user_id),
    tea: Number(row.tea),
    orderedAt: Number(row.ordered_at),
    shippedAt: timeOf(row.shipped_at),
    arrivedAt: timeOf(row.arrived_at),
  }
}

const timeOf = (at: unknown) => (at === null ? undefined : Number(at))
