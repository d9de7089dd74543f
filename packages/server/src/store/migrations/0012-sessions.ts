/** People in front of Hufu’s own pages, and how they came to the sites. `ON DELETE CASCADE`: the version before deletes users without knowing of these. */
export const sessions = `
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE,
  browser TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  authenticated_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_age ON sessions (created_at);

CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  app_id TEXT NOT NULL,
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  flow_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('login', 'bind')),
  browser TEXT NOT NULL,
  at INTEGER NOT NULL,
  disowned_at INTEGER
) STRICT;
CREATE INDEX sign_ins_user ON sign_ins (user_id, at);
CREATE INDEX sign_ins_age ON sign_ins (at);

CREATE TABLE guards (
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (appid, openid_index)
) STRICT;
CREATE INDEX guards_age ON guards (until);

ALTER TABLE apps ADD COLUMN sign_in_notices INTEGER NOT NULL DEFAULT 1;
`
