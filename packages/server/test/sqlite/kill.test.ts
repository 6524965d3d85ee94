import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { World } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { SqliteTestDatabase, temporaryDirectory } from '../support/sqlite-test-database.ts'
import { type KillScenarioName, killScenarios } from './kill-scenarios.ts'
import { expectInvariants } from './storage-invariants.ts'

const child = new URL('./kill-child.ts', import.meta.url).pathname
const run = promisify(execFile)

/** As many processes at a time as there are cores on a small machine. */
const atOnce = 2

const fewestStatements = { endSession: 14, changePassword: 20, redeemCode: 8 } as const satisfies Record<
  KillScenarioName,
  number
>

for (const [name, { sentence }] of Object.entries(killScenarios)) {
  const scenario = name as KillScenarioName
  test(`D-05: a process killed before any statement of ${sentence} leaves all of it or nothing`, async () => {
    using directory = temporaryDirectory()
    const { before, after } = await rowsAround(scenario, join(directory.path, 'whole.db'))
    expect(before).not.toBe(after)

    const whole = await runKilled(scenario, join(directory.path, 'counted.db'), Number.POSITIVE_INFINITY)
    const statements = Number(/^acknowledged (\d+)$/.exec(whole)?.[1])
    expect(statements).toBeGreaterThanOrEqual(fewestStatements[scenario])

    const points = Array.from({ length: statements }, (_, index) => index + 1)
    const found = new Map<number, 'before' | 'after'>()
    const killAt = async (point: number): Promise<void> => {
      const path = join(directory.path, `${point}.db`)
      expect(await runKilled(scenario, path, point)).toBe('killed')
      await using database = SqliteTestDatabase.at(path, options())
      const rows = await database.dump()
      expect([before, after], `killed before statement ${point}`).toContain(rows)
      await expectInvariants(database)
      found.set(point, rows === before ? 'before' : 'after')
    }
    const waiting = points[Symbol.iterator]()
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const point of waiting) await killAt(point)
      }),
    )
    // Up to the COMMIT, which is the last statement, nothing; once it was done, before the answer, all of it.
    expect(points.map((point) => found.get(point))).toEqual(
      points.map((point) => (point === statements ? 'after' : 'before')),
    )
  })
}

/** The rows before and after the call, in a process that nobody kills. */
async function rowsAround(scenario: KillScenarioName, path: string) {
  const { clock, randomness } = options()
  await using world = new World(SqliteTestDatabase.at(path, { clock, randomness }), clock, randomness)
  await world.storage.createSite(world.first)
  const call = await killScenarios[scenario].prepare(world)
  const before = await world.database.dump()
  await call()
  return { before, after: await world.database.dump() }
}

/** Runs the child. Gives `killed`, or what it said when it lived. */
async function runKilled(scenario: KillScenarioName, path: string, point: number): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [child, path, scenario, String(point)])
    return stdout
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return 'killed'
    throw error
  }
}

function options() {
  return { clock: manualClock(), randomness: seededRandomness('kill') }
}
