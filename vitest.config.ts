import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'bench/test/*.test.ts'],
    globalSetup: ['packages/server/test/support/first-keys.ts', 'packages/server/test/support/postgres-programs.ts'],
    // Every core: nothing here measures time, so tests may stand in each other's way.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
