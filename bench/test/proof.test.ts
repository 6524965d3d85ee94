import { expect, test } from 'vitest'
import { measureLoadOn, warmUpOn } from '../running/measure-load.ts'
import { fakeContender, startFake } from './fake-contender.ts'

// Measured until all have left, however long that takes.
const names = Array.from({ length: 600 }, (_, index) => `session-${index}`)
const profile = { connections: 8, warmupMs: 0, measureMs: 60_000, pace: 'saturate' } as const

async function measured(logOut: (live: Set<string>, name: string) => void) {
  const { installation, server } = await startFake(names, logOut)
  try {
    return await measureLoadOn({ contender: fakeContender, installation, server }, 'logout', profile)
  } finally {
    await server.stop()
  }
}

test('a logout that ends the session that it names is measured', async () => {
  const figures = await measured((live, name) => live.delete(name))
  expect(figures.answers).toBeGreaterThan(0)
  expect(figures.unexpected).toBe(0)
})

test('a logout that only says so is disqualified', async () => {
  await expect(measured(() => {})).rejects.toThrow('not refused after its logout')
})

test('a logout that stops ending sessions under load is disqualified', async () => {
  let left = 50
  await expect(
    measured((live, name) => {
      left -= 1
      if (left > 0) live.delete(name)
    }),
  ).rejects.toThrow('not refused after a logout under load')
})

test('a logout that ends the sessions of others is disqualified', async () => {
  let left = 100
  await expect(
    measured((live, name) => {
      left -= 1
      if (left > 0) live.delete(name)
      else live.clear()
    }),
  ).rejects.toThrow('not accepted that nobody left')
})

test('a warm-up uses its own part of the sessions again and again, and the measurement the others once', async () => {
  const asked = new Map<string, number>()
  const { installation, server } = await startFake(names, (live, name) => {
    live.delete(name)
    asked.set(name, (asked.get(name) ?? 0) + 1)
  })
  try {
    const running = { contender: fakeContender, installation, server }
    await warmUpOn(running, 'logout', { ...profile, warmupMs: 300 }, { from: 0, to: 10 })
    expect([...asked.keys()].sort()).toEqual(names.slice(0, 10).sort())
    expect(asked.get('session-0')).toBeGreaterThan(1)
    asked.clear()
    await measureLoadOn(running, 'logout', profile, { from: 10, to: 600 })
    // The last twenty are left alone, to be seen alive.
    expect([...asked.keys()].sort()).toEqual(names.slice(10, 580).sort())
    expect(new Set(asked.values())).toEqual(new Set([1]))
  } finally {
    await server.stop()
  }
})
