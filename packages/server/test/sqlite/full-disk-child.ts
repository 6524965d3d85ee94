/**
 * A process that ends sessions on a disk that will refuse to write, one by one, and says after each what it was told.
 * Goes on after failures, as the server does.
 */
import { writeSync } from 'node:fs'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import type { TestDatabase } from '../storage-conformance/test-database.ts'
import { World } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'

const [, , path = ''] = process.argv
const clock = manualClock()
const randomness = seededRandomness('full disk')
const storage = openSqliteStorage({ location: { kind: 'sqlite', path }, clock, randomness })
const world = new World({ storage } as TestDatabase, clock, randomness)
await storage.createSite(world.first)
const member = await world.addMember()
const sessions = await Promise.all(Array.from({ length: 600 }, () => world.addSession(member)))

let failures = 0
for (const { id } of sessions) {
  const answer = await world.end({ by: 'id', id })
  if (answer.outcome === 'failed') failures += 1
  writeSync(1, `${answer.outcome === 'failed' ? answer.error.outcome : answer.outcome} ${id}\n`)
  if (failures === 50) break
}
writeSync(1, 'alive')
