/** The templates of the accounts, as WeChat has them. */
export const templates = `
CREATE TABLE templates (
  appid TEXT NOT NULL REFERENCES accounts (appid),
  template_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('template', 'subscription')),
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  example TEXT NOT NULL,
  enum_values TEXT NOT NULL,
  is_one_time INTEGER NOT NULL,
  name TEXT,
  checks_words INTEGER NOT NULL DEFAULT 1,
  synced_at INTEGER NOT NULL,
  gone_at INTEGER,
  PRIMARY KEY (appid, template_id)
) STRICT;
CREATE UNIQUE INDEX templates_name ON templates (appid, name) WHERE name IS NOT NULL;
`
