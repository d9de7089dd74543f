/** Why Hufu itself holds a batch back. The version before, which knows nothing of it, sees a batch that is paused. */
export const batchReasons = `
ALTER TABLE batches ADD COLUMN reason TEXT;
`
