/** How far each account's followers are compared with the platform, and who was in its list so far. */
export const reconciles = `
CREATE TABLE reconciles (
  appid TEXT PRIMARY KEY REFERENCES accounts (appid),
  step TEXT NOT NULL CHECK (step IN ('rest', 'list', 'compare')),
  next_at INTEGER NOT NULL,
  wanted_at INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER,
  ended_at INTEGER,
  page_sealed BLOB,
  compared TEXT NOT NULL DEFAULT '',
  listed INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  found INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0,
  day INTEGER NOT NULL DEFAULT 0,
  list_calls INTEGER NOT NULL DEFAULT 0,
  info_calls INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) STRICT;

CREATE TABLE listed_followers (
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  PRIMARY KEY (appid, openid_index)
) STRICT, WITHOUT ROWID;
`
