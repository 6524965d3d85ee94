/** Whether this is the long run: `npm run soak` sets `SOAK`. */
const soaking = process.env['SOAK'] !== undefined

/** How often a generated test runs: a few times in `npm test`, very often in `npm run soak`. */
export function runs({ test, soak }: { readonly test: number; readonly soak: number }): number {
  return soaking ? soak : test
}

/** How long a generated test may take, in milliseconds. */
export const generatedTestTimeoutMs = soaking ? 12 * 60 * 60_000 : 120_000
