/** Notices to lists of users. A list is kept in parts, sealed, and each is gone when it has become messages. */
export const batches = `
CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES apps (id),
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'finished')),
  total INTEGER NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0,
  template TEXT NOT NULL,
  asked_appid TEXT,
  said_sealed BLOB,
  send_at INTEGER,
  not_after INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  idempotency_key TEXT,
  request_hash TEXT,
  UNIQUE (app_id, idempotency_key)
) STRICT;
CREATE INDEX batches_open ON batches (created_at) WHERE finished_at IS NULL;
CREATE INDEX batches_age ON batches (created_at);

CREATE TABLE batch_parts (
  batch_id TEXT NOT NULL REFERENCES batches (id),
  first INTEGER NOT NULL,
  size INTEGER NOT NULL,
  edits INTEGER NOT NULL DEFAULT 0,
  users_sealed BLOB NOT NULL,
  PRIMARY KEY (batch_id, first)
) STRICT;

CREATE TABLE batch_failures (
  batch_id TEXT NOT NULL REFERENCES batches (id),
  position INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (batch_id, position)
) STRICT;

ALTER TABLE messages ADD COLUMN batch_id TEXT;
ALTER TABLE messages ADD COLUMN batch_position INTEGER;
ALTER TABLE messages ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX messages_batch ON messages (batch_id, batch_position) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX messages_batch_once ON messages (batch_id, appid, openid_index) WHERE batch_id IS NOT NULL;
CREATE INDEX messages_batch_open ON messages (batch_id, held) WHERE batch_id IS NOT NULL AND state IN ('ready', 'sending');
`
