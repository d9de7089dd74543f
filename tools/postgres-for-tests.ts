import type { TestProject } from 'vitest/node'
import { startCluster } from './postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `postgres://…` without a database, for the project that runs on PostgreSQL. */
    postgres: string | undefined
  }
}

/** One PostgreSQL for all test files; each world makes a database of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster()
  project.provide('postgres', cluster.url('').replace(/\/$/, ''))
  return cluster.stop
}
