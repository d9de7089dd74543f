/** What an account answers and offers by itself, what its followers write to the sites, and what goes back to them. */
export const replies = `
CREATE TABLE reply_rules (
  id TEXT PRIMARY KEY,
  appid TEXT NOT NULL REFERENCES accounts (appid),
  kind TEXT NOT NULL CHECK (kind IN ('exact', 'contains', 'click', 'any')),
  keywords TEXT NOT NULL,
  text TEXT NOT NULL,
  priority INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reply_rules_account ON reply_rules (appid);

CREATE TABLE menus (
  appid TEXT PRIMARY KEY REFERENCES accounts (appid),
  draft TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  published TEXT,
  published_at INTEGER
) STRICT;

ALTER TABLE apps ADD COLUMN reply_within INTEGER;

CREATE TABLE incoming_messages (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  dedupe_key TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  open_until INTEGER,
  reply_until INTEGER NOT NULL,
  replies_left INTEGER NOT NULL
) STRICT;
CREATE INDEX incoming_messages_age ON incoming_messages (received_at);
CREATE INDEX incoming_messages_open ON incoming_messages (dedupe_key) WHERE open_until IS NOT NULL;

CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL,
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  answers TEXT,
  dedupe_key TEXT,
  state TEXT NOT NULL CHECK (state IN ('ready', 'sending', 'sent', 'failed', 'unknown')),
  sent_as TEXT,
  reason TEXT,
  text_sealed BLOB,
  idempotency_key TEXT,
  request_hash TEXT,
  not_after INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  UNIQUE (app_id, idempotency_key)
) STRICT;
CREATE INDEX messages_age ON messages (created_at);
CREATE INDEX messages_waiting ON messages (appid, openid_index, created_at) WHERE state IN ('ready', 'sending');
CREATE INDEX messages_push ON messages (dedupe_key) WHERE state = 'ready';
`
