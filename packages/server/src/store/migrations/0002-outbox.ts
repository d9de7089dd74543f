/** Jobs: work that is done by leases, on whatever node. And switches of the whole installation. */
export const outbox = `
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  lane TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT,
  payload TEXT NOT NULL,
  every_ms INTEGER,
  state TEXT NOT NULL CHECK (state IN ('ready', 'done', 'failed', 'expired')),
  run_at INTEGER NOT NULL,
  not_after INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  UNIQUE (kind, key)
) STRICT;
CREATE INDEX jobs_due ON jobs (lane, run_at) WHERE state = 'ready';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE switches (
  name TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT;
`
