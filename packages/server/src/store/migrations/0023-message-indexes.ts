/** What is looked for among all messages and receipts is found without reading them all. */
export const messageIndexes = `
CREATE INDEX messages_unreceived ON messages (appid, openid_index, template_id, created_at)
  WHERE state = 'sent' AND via = 'subscription' AND msgid IS NULL AND delivered_at IS NULL;
CREATE INDEX messages_of ON messages (appid, openid_index, created_at);
CREATE INDEX receipts_of ON receipts (appid, openid_index);
`
