import { expect, test } from 'vitest'
import { Histogram } from '../load/histogram.ts'

test('quantiles are right to the width of a step', () => {
  const histogram = new Histogram()
  for (let ms = 1; ms <= 1000; ms += 1) histogram.record(ms)
  expect(histogram.quantile(0.05)).toBeCloseTo(50, 1)
  expect(Math.abs(histogram.quantile(0.5) - 500)).toBeLessThanOrEqual(1)
  expect(Math.abs(histogram.quantile(0.99) - 990)).toBeLessThanOrEqual(1)
  expect(histogram.quantile(1)).toBe(1000)
  expect(histogram.max).toBe(1000)
})

test('one slow answer among many is the maximum and not the 99th percentile', () => {
  const histogram = new Histogram()
  for (let count = 0; count < 999; count += 1) histogram.record(0.5)
  histogram.record(120_000)
  expect(histogram.quantile(0.99)).toBeCloseTo(0.5, 1)
  expect(histogram.max).toBe(120_000)
})

test('nothing recorded is zero', () => {
  expect(new Histogram().quantile(0.99)).toBe(0)
})
