import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['hufu-source'] },
  ssr: { resolve: { conditions: ['hufu-source'], externalConditions: ['hufu-source'] } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'examples/**/*.test.ts', 'e2e/**/*.test.ts', 'tools/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
