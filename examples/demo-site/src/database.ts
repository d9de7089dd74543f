import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export type Database = DatabaseSync

/** The site's own tables. The only thing it keeps about WeChat is Hufu's id of the user. */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS users (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      email TEXT UNIQUE COLLATE NOCASE,
      password_hash TEXT,
      hufu_user_id TEXT UNIQUE,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS sessions (
      token_hash TEXT PRIMARY KEY,
      user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
      csrf TEXT NOT NULL,
      binding TEXT NOT NULL,
      notice TEXT,
      expires_at INTEGER NOT NULL
    ) STRICT;
    DROP TABLE IF EXISTS flows;
    DROP TABLE IF EXISTS begun_flows;
    CREATE TABLE IF NOT EXISTS kept_flows (
      token_hash TEXT NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      secret TEXT NOT NULL,
      PRIMARY KEY (token_hash, kind)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS phones (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      phone TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS challenges (
      token_hash TEXT PRIMARY KEY REFERENCES sessions (token_hash) ON DELETE CASCADE,
      code_id TEXT NOT NULL UNIQUE,
      phone TEXT NOT NULL,
      purpose TEXT NOT NULL,
      failed TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS approvals (
      token_hash TEXT NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      purpose TEXT NOT NULL,
      email TEXT,
      PRIMARY KEY (token_hash, kind)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS password_leaves (
      token_hash TEXT PRIMARY KEY REFERENCES sessions (token_hash) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      until INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS orders (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      tea INTEGER NOT NULL,
      ordered_at INTEGER NOT NULL,
      shipped_at INTEGER
    ) STRICT;
    CREATE TABLE IF NOT EXISTS arrivals (
      order_id TEXT PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
      arrived_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS notices (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      about TEXT NOT NULL,
      message_id TEXT,
      refused TEXT,
      sent_at INTEGER NOT NULL,
      PRIMARY KEY (user_id, about)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS feed (one INTEGER PRIMARY KEY CHECK (one = 1), last_event_id TEXT NOT NULL) STRICT;
  `)
  return database
}
