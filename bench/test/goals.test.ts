import { expect, test } from 'vitest'
import { judgeGoals } from '../reporting/goals.ts'
import { goalsTable } from '../reporting/markdown.ts'
import type { EntryResults, Results } from '../reporting/results.ts'

const row = (...perSecond: readonly number[]): EntryResults => ({
  title: '',
  rounds: perSecond.map((figure) => ({ perSecond: figure })),
})

function results(scenario: string, entries: Results['scenarios'][string]['entries']): Results {
  return {
    date: '2026-11-22',
    machine: { cores: 2, processor: 'a processor', memoryGib: 4, platform: 'linux x64', node: '24.0.0', pinned: true },
    method: { connections: 64, warmupSeconds: 1, measuredSeconds: 4, storedSessions: 1000 },
    versions: {},
    scenarios: { [scenario]: { title: '', entries } },
  }
}

function goal(found: Results, quantity: string) {
  return judgeGoals(found).find((judged) => judged.quantity === quantity)
}

const naive = 'durable logouts by cookie / naive durable logout'

test('a goal is the ratio of the medians, with the spread of the rounds', () => {
  const found = results('logout', { 'adjourn-sqlite': row(600, 500, 900), naive: row(100, 50, 300) })
  expect(goal(found, naive)).toMatchObject({ value: { median: 6, min: 3, max: 10 }, mustHeld: true, aimHeld: false })
})

test('a goal of which one side is disqualified is not held', () => {
  const disqualified = { ...row(100), disqualified: 'a session was not refused' }
  expect(goal(results('logout', { 'adjourn-sqlite': row(900), naive: disqualified }), naive)).toMatchObject({
    value: null,
    mustHeld: null,
  })
})

test('that nothing was accepted counts once a million were tried', () => {
  const tried = (attempts: number) =>
    goal(
      results('after-logout', {
        'adjourn-sqlite': {
          title: '',
          rounds: [
            { attempts, accepted: 0 },
            { attempts, accepted: 0 },
          ],
        },
      }),
      'accepted after the logout, of 1,000,000 requests',
    )
  expect(tried(499_999)).toMatchObject({ mustHeld: null, aimHeld: null, tooFew: 999_998 })
  expect(tried(500_000)).toMatchObject({ mustHeld: true, tooFew: null })
})

test('a goal for which too few were counted says how many there were', () => {
  const rounds = [{ attempts: 326_950, accepted: 0 }]
  const table = goalsTable(judgeGoals(results('after-logout', { 'adjourn-sqlite': { title: '', rounds } })))
  expect(table).toContain('of 1,000,000 requests | ≤ 0 | ≤ 0 | too few: 326,950 |  |')
})

test('a single accepted request misses the goal', () => {
  const rounds = [{ attempts: 2_000_000, accepted: 1 }]
  const found = results('after-logout', { 'adjourn-sqlite': { title: '', rounds } })
  expect(goal(found, 'accepted after the logout, of 1,000,000 requests')?.mustHeld).toBe(false)
})
