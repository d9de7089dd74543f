/** Who may ask the platform for a new credential: one at a time in the whole fleet, a minute apart. */
export const refreshes = `
CREATE TABLE refreshes (
  appid TEXT NOT NULL REFERENCES accounts (appid),
  kind TEXT NOT NULL CHECK (kind IN ('access_token', 'jsapi_ticket')),
  started_at INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  PRIMARY KEY (appid, kind)
) STRICT;
`
