/** Hufu's own registration: passwords, and proofs that somebody reads an e-mail address or a phone. Who was here last, since a phone number changes hands. */
export const credentials = `
ALTER TABLE apps ADD COLUMN registration_methods TEXT;

ALTER TABLE users ADD COLUMN seen_at INTEGER;

CREATE TABLE passwords (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  hash_sealed BLOB NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  tried_at INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE proofs (
  id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('registration', 'reset')),
  about TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
  value_index TEXT NOT NULL,
  value_sealed BLOB NOT NULL,
  password_sealed BLOB,
  asker_index TEXT,
  locale TEXT NOT NULL,
  site TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX proofs_value ON proofs (value_index, created_at);
CREATE INDEX proofs_asker ON proofs (asker_index, created_at) WHERE asker_index IS NOT NULL;
CREATE INDEX proofs_about ON proofs (about);
CREATE INDEX proofs_age ON proofs (created_at);
`
