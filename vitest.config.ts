import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { LongestFirst } from './tools/longest-first.ts'

/** What touches the database runs on both engines; `*.sqlite.test.ts` and `*.postgres.test.ts` are about one of them. */
const onBothEngines = [
  'packages/server/test/**/*.test.ts',
  'packages/client/test/**/*.test.ts',
  'examples/**/*.test.ts',
]

// Whatever tests start, runs from source: its types are stripped once.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url))

function project(
  name: string,
  test: Pick<NonNullable<TestProjectInlineConfiguration['test']>, 'include' | 'exclude' | 'globalSetup' | 'isolate'>,
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...test } }
}

export default defineConfig({
  resolve: { conditions: ['hufu-source'] },
  ssr: { resolve: { conditions: ['hufu-source'], externalConditions: ['hufu-source'] } },
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Each file has a world and a database of its own; the modules are loaded once for all of them, which is a third of the time.
      project('sqlite', { isolate: false, include: onBothEngines, exclude: ['**/*.postgres.test.ts'] }),
      project('postgres', {
        isolate: false,
        include: onBothEngines,
        exclude: ['**/*.sqlite.test.ts'],
        globalSetup: ['tools/postgres-for-tests.ts'],
      }),
      project('parts', {
        include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
        exclude: onBothEngines,
      }),
      project('stories', { include: ['e2e/**/*.test.ts'] }),
    ],
  },
})
