import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { compileCache } from '../process/child.ts'
import { World } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { generatedTestTimeoutMs } from '../support/runs.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { newServerDatabase } from '../support/server-database.ts'
import { expectInvariants } from './invariants.ts'
import { type KillScenarioName, killScenarios } from './scenarios.ts'

const child = new URL('./every-statement-child.ts', import.meta.url).pathname
const run = promisify(execFile)

/** As many processes at a time as there are cores on a small machine. */
const atOnce = 2

/** So that a scenario that did nothing would be found out. PostgreSQL does with few what SQLite does with a few for each row. */
const fewestStatements = {
  SQLite: { endSession: 14, changePassword: 20, redeemCode: 8 },
  PostgreSQL: { endSession: 5, changePassword: 10, redeemCode: 10 },
} as const satisfies Record<string, Record<KillScenarioName, number>>

for (const [name, { sentence }] of Object.entries(killScenarios)) {
  const scenario = name as KillScenarioName
  test(`D-05: a process killed before any statement of ${sentence} leaves all of it or nothing`, {
    timeout: generatedTestTimeoutMs,
  }, async () => {
    const { before, after } = await rowsAround(scenario)
    expect(before).not.toBe(after)

    await using counted = await newServerDatabase()
    const whole = await runKilled(scenario, counted.url, Number.POSITIVE_INFINITY)
    const statements = Number(/^acknowledged (\d+)$/.exec(whole)?.[1])
    expect(statements).toBeGreaterThanOrEqual(fewestStatements[inject('databaseKind')][scenario])

    const points = Array.from({ length: statements }, (_, index) => index + 1)
    const found = new Map<number, 'before' | 'after'>()
    const killAt = async (point: number): Promise<void> => {
      await using home = await newServerDatabase()
      expect(await runKilled(scenario, home.url, point)).toBe('killed')
      await using database = await home.open(options())
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
async function rowsAround(scenario: KillScenarioName) {
  const { clock, randomness } = options()
  await using home = await newServerDatabase()
  await using world = new World(await home.open({ clock, randomness }), clock, randomness)
  await world.storage.createSite(world.first)
  const call = await killScenarios[scenario].prepare(world)
  const before = await world.database.dump()
  await call()
  return { before, after: await world.database.dump() }
}

/** Runs the child. Gives `killed`, or what it said when it lived. */
async function runKilled(scenario: KillScenarioName, url: string, point: number): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [child, url, scenario, String(point)], {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    })
    return stdout
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return 'killed'
    throw error
  }
}

function options() {
  return { clock: manualClock(), randomness: seededRandomness('kill') }
}
