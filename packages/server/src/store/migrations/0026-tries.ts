/** How a message fares is told by its own row, whichever job comes for it; what is overdue is found without reading all. */
export const tries = `
ALTER TABLE messages ADD COLUMN next_at INTEGER;
ALTER TABLE messages ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN wechat_errcode INTEGER;
CREATE INDEX messages_overdue ON messages (not_after) WHERE state IN ('ready', 'sending');
`
