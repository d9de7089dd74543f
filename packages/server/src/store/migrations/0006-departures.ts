/** What nodes must agree on: one vault key of a purpose, and how often somebody left an account. */
export const departures = `
CREATE UNIQUE INDEX vault_keys_purpose ON vault_keys (purpose);

ALTER TABLE accounts ADD COLUMN departures INTEGER NOT NULL DEFAULT 0;

CREATE INDEX followers_left ON followers (appid, unfollowed_at) WHERE unfollowed_at IS NOT NULL;
`
