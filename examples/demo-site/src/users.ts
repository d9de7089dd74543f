import { randomBytes, randomInt } from 'node:crypto'
import type { Database } from './database.ts'
import { hashPassword } from './passwords.ts'

export interface User {
  id: string
  name: string
  email?: string
  passwordHash?: string
  /** Hufu's id of this user; there is one exactly while a WeChat is linked. */
  hufuUserId?: string
}

export type Users = ReturnType<typeof createUsers>

export const demoUser = { email: 'demo@example.com', password: 'tea-and-tiger' }

export function newUserId(): string {
  return `m_${randomBytes(9).toString('base64url')}`
}

export function createUsers(database: Database) {
  function find(column: 'id' | 'email' | 'hufu_user_id', value: string): User | undefined {
    const row = database.prepare(`SELECT * FROM users WHERE ${column} = ?`).get(value)
    return row && userOf(row)
  }
  return {
    find: (id: string) => find('id', id),
    findByEmail: (email: string) => find('email', email),
    findByHufuId: (id: string) => find('hufu_user_id', id),
    /** Does nothing when the user is there already: what leads here may happen twice. */
    add({ id, name, email, passwordHash }: User): void {
      database
        .prepare(
          'INSERT INTO users (id, name, email, password_hash, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        )
        .run(id, name, email ?? null, passwordHash ?? null, Date.now())
    },
    rename(id: string, name: string): void {
      database.prepare('UPDATE users SET name = ? WHERE id = ?').run(name, id)
    },
    /** @returns false when somebody else has the address */
    setPassword(id: string, email: string, passwordHash: string): boolean {
      if ((find('email', email)?.id ?? id) !== id) return false
      database.prepare('UPDATE users SET email = ?, password_hash = ? WHERE id = ?').run(email, passwordHash, id)
      return true
    },
    /** @returns false when somebody else has the address */
    setEmail(id: string, email: string): boolean {
      if ((find('email', email)?.id ?? id) !== id) return false
      database.prepare('UPDATE users SET email = ? WHERE id = ?').run(email, id)
      return true
    },
    /** With sessions, orders and everything else of theirs. */
    remove(id: string): void {
      database.prepare('DELETE FROM users WHERE id = ?').run(id)
    },
    phoneOf(id: string): string | undefined {
      const row = database.prepare('SELECT phone FROM phones WHERE user_id = ?').get(id)
      return row && String(row.phone)
    },
    setPhone(id: string, phone: string): void {
      database.prepare('INSERT OR REPLACE INTO phones (user_id, phone) VALUES (?, ?)').run(id, phone)
    },
    setHufuId(id: string, hufuUserId: string | undefined): void {
      database.prepare('UPDATE users SET hufu_user_id = ? WHERE id = ?').run(hufuUserId ?? null, id)
    },
  }
}

function userOf(row: Record<string, unknown>): User {
  return {
    id: String(row.id),
    name: String(row.name),
    ...(row.email !== null && { email: String(row.email) }),
    ...(row.password_hash !== null && { passwordHash: String(row.password_hash) }),
    ...(row.hufu_user_id !== null && { hufuUserId: String(row.hufu_user_id) }),
  }
}

/** A name until the person chooses one. */
export function inventName(stem: string): string {
  return `${stem} ${randomInt(1000, 10_000)}`
}

export async function seedDemoUser(users: Users): Promise<void> {
  const { email, password } = demoUser
  if (users.findByEmail(email)) return
  users.add({ id: newUserId(), name: 'Lu Yu 陆羽', email, passwordHash: await hashPassword(password) })
}
