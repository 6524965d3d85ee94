import { expect, test } from 'vitest'
import { replaceAfterMs } from './backoff.ts'

test('a worker is replaced soon after its first death, ever later after more, and never later than half a minute', () => {
  const waits = Array.from({ length: 12 }, (_, index) => replaceAfterMs(index + 1))
  expect(waits.slice(0, 5)).toEqual([100, 200, 400, 800, 1600])
  expect(waits.slice(-3)).toEqual([30_000, 30_000, 30_000])
  expect(replaceAfterMs(100_000)).toBe(30_000)
  expect(replaceAfterMs(0)).toBe(100)
})
