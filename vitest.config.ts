import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

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

/** What takes longest, so that no worker is left alone with it at the end: by their size these files would come last. */
const longest = ['-conformance', '/bad-input/', '/postgres/', '/kill/', '/failover/']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((part) => moduleId.includes(part))
      return found < 0 ? longest.length : found
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: [
      `${support}/first-keys.ts`,
      'e2e/support/chromium.ts',
      `${support}/postgres-programs.ts`,
      `${support}/shared-postgres.ts`,
    ],
    // Every core: nothing here measures time, so tests may stand in each other's way.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'SQLite',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'bench/test/*.test.ts',
            'e2e/*.test.ts',
            'packaging/test/*.test.ts',
          ],
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
