/** Verification codes: what was asked for, never the digits; and wrong ones in a row. */
export const codes = `
ALTER TABLE templates ADD COLUMN code_fields TEXT;
CREATE UNIQUE INDEX templates_code ON templates (appid) WHERE code_fields IS NOT NULL;

CREATE TABLE codes (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES apps (id),
  user_key TEXT NOT NULL,
  purpose_index TEXT NOT NULL,
  binding_index TEXT,
  asked_appid TEXT,
  asked_sealed BLOB,
  appid TEXT,
  openid_index TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  dispatched_at INTEGER,
  used_at INTEGER,
  ended_at INTEGER,
  idempotency_key TEXT,
  request_hash TEXT
) STRICT;
CREATE UNIQUE INDEX codes_idempotency ON codes (app_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX codes_user ON codes (app_id, user_key, created_at);
CREATE INDEX codes_wechat ON codes (openid_index, created_at) WHERE openid_index IS NOT NULL;
CREATE INDEX codes_created ON codes (created_at);

CREATE TABLE code_tries (
  app_id TEXT NOT NULL REFERENCES apps (id),
  user_key TEXT NOT NULL,
  wrong INTEGER NOT NULL,
  tried_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, user_key)
) STRICT;
CREATE INDEX code_tries_tried ON code_tries (tried_at);
`
