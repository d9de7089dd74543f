/** Links handed out in the chat: each for one follower, into one app; and where an app receives them. */
export const links = `
CREATE TABLE links (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  app_id TEXT NOT NULL,
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  external_index TEXT,
  used_at INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX links_expiry ON links (expires_at);

ALTER TABLE flows ADD COLUMN link_id TEXT;
ALTER TABLE apps ADD COLUMN link_url TEXT;
`
