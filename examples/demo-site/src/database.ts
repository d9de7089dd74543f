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
    CREATE TABLE IF NOT EXISTS flows (
      token_hash TEXT NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('login', 'bind')),
      id TEXT NOT NULL,
      secret TEXT NOT NULL,
      PRIMARY KEY (token_hash, kind)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS feed (one INTEGER PRIMARY KEY CHECK (one = 1), last_event_id TEXT NOT NULL) STRICT;
  `)
  return database
}
