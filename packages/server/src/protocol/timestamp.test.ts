import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timestamp } from './timestamp.ts'

const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const firstMoment = new Date('0000-01-01T00:00:00.000Z').getTime()

test('a moment is written as the language writes it', () => {
  fc.assert(
    fc.property(fc.integer({ min: firstMoment, max: lastMoment }), (ms) => {
      expect(timestamp(ms)).toBe(new Date(ms).toISOString())
    }),
  )
})

test('leap days, ends of years and centuries, and moments before 1970 are written as the language writes them', () => {
  for (const year of [1600, 1900, 1969, 1970, 1999, 2000, 2024, 2026, 2100, 2400, 9999]) {
    for (const [month, day] of [
      [0, 1],
      [1, 28],
      [1, 29],
      [2, 1],
      [11, 31],
    ] as const) {
      for (const ofDay of [0, 1, 999, 59_999, 3_599_999, 86_399_999]) {
        const ms = Date.UTC(year, month, day) + ofDay
        expect(timestamp(ms)).toBe(new Date(ms).toISOString())
      }
    }
  }
})
