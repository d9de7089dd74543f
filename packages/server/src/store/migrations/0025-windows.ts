/**
 * The windows in which WeChat lets an account write to somebody, by what opened them. What people wrote before is taken over; the version before
 * looks for it where it always did.
 */
export const windows = `
CREATE TABLE chat_windows (
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  opened_by TEXT NOT NULL CHECK (opened_by IN ('message', 'menu', 'follow', 'scan')),
  opened_at INTEGER NOT NULL,
  open_until INTEGER NOT NULL,
  remaining INTEGER NOT NULL CHECK (remaining >= 0),
  PRIMARY KEY (appid, openid_index, opened_by)
) STRICT;
CREATE INDEX chat_windows_end ON chat_windows (open_until);

INSERT INTO chat_windows (appid, openid_index, opened_by, opened_at, open_until, remaining)
  SELECT appid, openid_index, 'message', MAX(received_at), MAX(reply_until), 5 FROM incoming_messages
  WHERE reply_until - received_at > 60000 GROUP BY appid, openid_index;
`
