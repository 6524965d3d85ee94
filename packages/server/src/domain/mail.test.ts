import { expect, test } from 'vitest'
import { delayBeforeNextAttempt, worthSendingUntil } from './mail.ts'

const minute = 60_000

test('a mail is tried again after twice as long each time, from ten seconds to half an hour', () => {
  const delays = [1, 2, 3, 8, 9, 100].map((attempts) => delayBeforeNextAttempt(attempts, 0.5))
  expect(delays).toEqual([10_000, 20_000, 40_000, 1_280_000, 30 * minute, 30 * minute])
})

test('jitter makes a delay up to a quarter shorter or longer', () => {
  expect([0, 1].map((jitter) => delayBeforeNextAttempt(1, jitter))).toEqual([7_500, 12_500])
  expect(delayBeforeNextAttempt(100, 1)).toBe(37.5 * minute)
})

test('a mail is worth sending as long as what it brings is good, else for a week', () => {
  const week = 7 * 24 * 60 * minute
  expect(worthSendingUntil({ parameters: { until: '5000' }, createdAt: 1_000 })).toBe(5_000)
  expect(worthSendingUntil({ parameters: {}, createdAt: 1_000 })).toBe(1_000 + week)
  expect(worthSendingUntil({ parameters: { until: 'soon' }, createdAt: 1_000 })).toBe(1_000 + week)
})
