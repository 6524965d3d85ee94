import { defineConfig } from 'vitest/config'

/** The same tests with their random runs made long. */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    env: { SOAK: '1' },
    testTimeout: 60 * 60_000,
    hookTimeout: 60_000,
  },
})
