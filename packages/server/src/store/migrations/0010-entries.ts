/**
 * How a flow is entered: by the account's parametric code, by the code of a page, or by a short code typed in the chat. NULL is what there was
 * before: `qr` for a flow, the account's capability for an app. And what an account needs for it: its own follow code, the domains of its pages, the files of WeChat's
 * console. And who closed their WeChat, whom nothing may recognise any more.
 */
export const entries = `
ALTER TABLE apps ADD COLUMN entry TEXT CHECK (entry IN ('qr', 'page', 'chat'));

ALTER TABLE flows ADD COLUMN entry TEXT CHECK (entry IN ('qr', 'page', 'chat'));
ALTER TABLE flows ADD COLUMN chat_index TEXT;
CREATE UNIQUE INDEX flows_chat ON flows (chat_index) WHERE chat_index IS NOT NULL;

ALTER TABLE accounts ADD COLUMN follow_qr TEXT;
ALTER TABLE accounts ADD COLUMN js_domains TEXT;

ALTER TABLE followers ADD COLUMN cancelled_at INTEGER;
CREATE INDEX followers_cancelled ON followers (appid, unfollowed_at) WHERE cancelled_at IS NOT NULL;

CREATE TABLE chat_tries (
  openid_index TEXT PRIMARY KEY,
  tries INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_tries_age ON chat_tries (since);

CREATE TABLE verify_files (
  name TEXT PRIMARY KEY,
  appid TEXT NOT NULL REFERENCES accounts (appid),
  content TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
`
