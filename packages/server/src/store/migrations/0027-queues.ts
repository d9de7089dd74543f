/**
 * Within a lane every queue has its turn, however long another is. The index by lane alone goes: with both, a long queue is walked to find a
 * short one. A node of the version before finds its jobs by the new one, and sorts them.
 */
export const queues = `
ALTER TABLE jobs ADD COLUMN queue TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_queued ON jobs (lane, queue, run_at) WHERE state = 'ready';
DROP INDEX jobs_due;
`
