import { defineConfig } from 'vitest/config'

const support = 'packages/server/test/support'

/** What holds on either database: these files run once on each, by the same code. */
const onBothDatabases = [
  'interleavings/**',
  'properties/**',
  'bad-days/**',
  'kill/**',
  'process/kill-loop',
  'observability/metrics',
  'observability/alerts',
  'observability/traces',
  'audit/**',
  'abuse/*-lock',
  'abuse/login-limits',
].map((name) => `packages/server/test/${name}.test.ts`)

export default defineConfig({
  test: {
    globalSetup: [`${support}/first-keys.ts`, `${support}/postgres-programs.ts`, `${support}/shared-postgres.ts`],
    // Every core: nothing here measures time, so tests may stand in each other's way.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'SQLite',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'bench/test/*.test.ts'],
          provide: { databaseKind: 'SQLite' },
        },
      },
      {
        extends: true,
        test: { name: 'PostgreSQL', include: onBothDatabases, provide: { databaseKind: 'PostgreSQL' } },
      },
    ],
  },
})
