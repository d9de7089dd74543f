/** Messages of every kind, what WeChat says became of them, and when an account may send no more. */
export const sending = `
ALTER TABLE messages ADD COLUMN via TEXT;
ALTER TABLE messages ADD COLUMN lane TEXT NOT NULL DEFAULT 'messages';
ALTER TABLE messages ADD COLUMN template_id TEXT;
ALTER TABLE messages ADD COLUMN send_at INTEGER;
ALTER TABLE messages ADD COLUMN first_started_at INTEGER;
ALTER TABLE messages ADD COLUMN msgid TEXT;
ALTER TABLE messages ADD COLUMN delivered_at INTEGER;
ALTER TABLE messages ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_msgid ON messages (appid, msgid) WHERE msgid IS NOT NULL;
CREATE INDEX messages_accepted ON messages (finished_at) WHERE state = 'sent' AND text_sealed IS NOT NULL;

ALTER TABLE messages ADD COLUMN skipped TEXT;
CREATE INDEX messages_recipient ON messages (appid, openid_index, started_at) WHERE sent_as = 'customer_service';

CREATE INDEX incoming_messages_of ON incoming_messages (appid, openid_index, received_at);

CREATE TABLE permissions (
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  template_id TEXT NOT NULL,
  remaining INTEGER NOT NULL CHECK (remaining >= 0),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (appid, openid_index, template_id)
) STRICT;

CREATE TABLE mutes (
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  app_id TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (appid, openid_index, app_id)
) STRICT;

CREATE TABLE receipts (
  id INTEGER PRIMARY KEY,
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  template_id TEXT,
  msgid TEXT NOT NULL,
  outcome TEXT NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sending_pauses (
  appid TEXT NOT NULL,
  via TEXT NOT NULL,
  until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (appid, via)
) STRICT;

CREATE TABLE sending_days (
  appid TEXT NOT NULL,
  via TEXT NOT NULL,
  day TEXT NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (appid, via, day)
) STRICT;

ALTER TABLE apps ADD COLUMN mini_programs TEXT;
`
