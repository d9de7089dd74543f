/** One-time subscription messages: what people are asked to allow, each for one scene. */
export const once = `
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  app_id TEXT NOT NULL,
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  template_id TEXT NOT NULL,
  scene INTEGER NOT NULL CHECK (scene BETWEEN 0 AND 10000),
  return_url_sealed BLOB NOT NULL,
  allowed_at INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX subscriptions_of ON subscriptions (appid, openid_index);
CREATE INDEX subscriptions_expiry ON subscriptions (expires_at);

ALTER TABLE messages ADD COLUMN scene INTEGER;
`
