/**
 * A process that kills itself right before a given statement of one commit.
 *
 * Arguments: the URL of the database, the scenario, the number of the statement. Says `acknowledged` after the answer, with
 * the number of statements there were, if it lives to see it.
 */
import { writeSync } from 'node:fs'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { Connection } from '../../src/adapters/postgres/connection.ts'
import { World } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { testDatabaseAt } from '../support/test-database-at.ts'
import { type KillScenarioName, killScenarios } from './scenarios.ts'

const [, , url = '', scenario = '', number = ''] = process.argv
const killBefore = Number(number)
let statements: number | undefined

function beforeStatement(): void {
  if (statements === undefined) return
  statements += 1
  if (statements === killBefore) process.kill(process.pid, 'SIGKILL')
}

// Every way in which the adapter can make SQLite do something passes here. In this process alone.
for (const prototype of [DatabaseSync.prototype, StatementSync.prototype]) {
  for (const method of ['exec', 'run', 'get', 'all', 'iterate']) {
    const original: unknown = Reflect.get(prototype, method)
    if (typeof original !== 'function') continue
    Reflect.set(prototype, method, function before(this: unknown, ...parameters: unknown[]): unknown {
      beforeStatement()
      return Reflect.apply(original, this, parameters)
    })
  }
}

// And every statement of a transaction on PostgreSQL here. The adapter sends many at once; each waits here for the answer
// to the one before, so that the database has done exactly what comes before the kill.
const { run } = Connection.prototype
let inTransaction: Connection | undefined
let lastAnswer: Promise<unknown> = Promise.resolve()
Connection.prototype.run = function before(...given) {
  const [{ text }] = given
  if (text.startsWith('BEGIN')) inTransaction = this
  if (inTransaction !== this) return run.apply(this, given)
  if (text === 'COMMIT') inTransaction = undefined
  const answer = lastAnswer.then(() => {
    beforeStatement()
    return run.apply(this, given)
  })
  lastAnswer = answer.catch(() => {})
  return answer
}

const clock = manualClock()
const randomness = seededRandomness('kill')
const world = new World(await testDatabaseAt(url, { clock, randomness }), clock, randomness)
await world.storage.createSite(world.first)
const call = await killScenarios[scenario as KillScenarioName].prepare(world)

statements = 0
await call()
beforeStatement()
writeSync(1, `acknowledged ${statements}`)
process.exit()
