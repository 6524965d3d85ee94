/** A process that opens the database it is given, and says what came of it. */
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'

const [, , path = ''] = process.argv
try {
  const clock = manualClock()
  const storage = openSqliteStorage({ location: { kind: 'sqlite', path }, clock, randomness: seededRandomness(path) })
  await storage.close()
  process.stdout.write('opened')
} catch (error) {
  process.stdout.write(error instanceof Error ? `${error.name}: ${error.message}` : 'failed')
}
