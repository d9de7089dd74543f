/** What is looked for among all messages, jobs and receipts is found without reading them all. */
export const messageIndexes = `
CREATE INDEX messages_unreceived ON messages (appid, openid_index, template_id, created_at)
  WHERE state = 'sent' AND via = 'subscription' AND msgid IS NULL AND delivered_at IS NULL;
CREATE INDEX messages_of ON messages (appid, openid_index, created_at);
CREATE INDEX receipts_of ON receipts (appid, openid_index);
CREATE INDEX jobs_late ON jobs (not_after) WHERE state = 'ready' AND not_after IS NOT NULL;
`
