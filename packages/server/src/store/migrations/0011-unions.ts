/**
 * People across accounts: what is remembered of one is found again when it is to be forgotten; where an account's people are being recognised
 * by their unionids; who wanted what belongs to somebody else, and what was moved.
 */
export const unions = `
ALTER TABLE events ADD COLUMN subject TEXT;
CREATE INDEX events_subject ON events (app_id, subject) WHERE subject IS NOT NULL;

CREATE INDEX flows_scanner ON flows (scanner_index)
  WHERE state IN ('completed', 'declined', 'expired', 'cancelled', 'failed') AND scanner_index IS NOT NULL;
CREATE INDEX flows_external ON flows (external_index) WHERE external_index IS NOT NULL;

ALTER TABLE accounts ADD COLUMN union_back_fill TEXT;

CREATE TABLE conflicts (
  id TEXT PRIMARY KEY,
  dedupe TEXT UNIQUE,
  reason TEXT NOT NULL CHECK (reason IN ('wechat_already_bound', 'user_already_bound', 'same_person')),
  app_id TEXT,
  appid TEXT NOT NULL,
  flow_id TEXT,
  user_id TEXT NOT NULL,
  other_user_id TEXT,
  wechat_index TEXT NOT NULL,
  holder_index TEXT,
  external_index TEXT,
  display_name TEXT,
  locale TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'asked', 'refused', 'moved', 'undone')),
  asked_at INTEGER,
  told_at INTEGER,
  allowed_at INTEGER,
  moved_at INTEGER,
  steps TEXT,
  seen INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX conflicts_user ON conflicts (user_id);
CREATE INDEX conflicts_other ON conflicts (other_user_id) WHERE other_user_id IS NOT NULL;
CREATE INDEX conflicts_wechat ON conflicts (wechat_index);
CREATE INDEX conflicts_holder ON conflicts (holder_index) WHERE holder_index IS NOT NULL;
CREATE INDEX conflicts_flow ON conflicts (flow_id) WHERE flow_id IS NOT NULL;
CREATE INDEX conflicts_app ON conflicts (app_id, created_at);
CREATE INDEX conflicts_age ON conflicts (updated_at);
`
