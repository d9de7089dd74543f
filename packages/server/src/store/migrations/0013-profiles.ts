/** What WeChat tells of a person who was asked for it, and who was told why. */
export const profiles = `
ALTER TABLE apps ADD COLUMN asks_profile INTEGER NOT NULL DEFAULT 0;
ALTER TABLE flows ADD COLUMN profile_sealed BLOB;
ALTER TABLE oauth_states ADD COLUMN scope TEXT;
CREATE INDEX flows_profiles ON flows (scanner_index) WHERE profile_sealed IS NOT NULL;
CREATE INDEX followers_never ON followers (appid) WHERE followed_at IS NULL AND unfollowed_at IS NULL;
`
