/** Whom a push seems to be from that could not be read, and what a site's key stands for: both go with the person. */
export const erasing = `
ALTER TABLE quarantine ADD COLUMN openid_index TEXT;
CREATE INDEX quarantine_writers ON quarantine (appid, openid_index) WHERE openid_index IS NOT NULL;
CREATE INDEX idempotency_keys_objects ON idempotency_keys (object_id);
`
