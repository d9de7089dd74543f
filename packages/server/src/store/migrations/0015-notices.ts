/** Who was told of a conflict, and by which message; what an account's chat speaks. */
export const notices = `
ALTER TABLE conflicts ADD COLUMN notice TEXT;
ALTER TABLE conflicts ADD COLUMN notified_at INTEGER;
CREATE INDEX conflicts_notice ON conflicts (notice) WHERE notice IS NOT NULL;
CREATE INDEX conflicts_unnotified ON conflicts (updated_at) WHERE notified_at IS NULL AND state = 'open';
ALTER TABLE accounts ADD COLUMN locale TEXT CHECK (locale IN ('zh-CN', 'en'));
`
