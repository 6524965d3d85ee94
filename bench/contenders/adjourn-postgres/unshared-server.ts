/**
 * Adjourn with every logout in a transaction and a commit of its own, by the same code otherwise.
 *
 * What shares commits is the queue of one storage, so each logout is given to a storage that has nothing else to do. There
 * are two, so that one can work while the other waits for the disk; one, four and eight were no faster.
 */
import pino from 'pino'
import { openPostgresStorage } from '../../../packages/server/src/adapters/postgres/postgres-storage.ts'
import { systemClock } from '../../../packages/server/src/adapters/system/clock.ts'
import { systemRandomness } from '../../../packages/server/src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../../packages/server/src/config/parse-configuration.ts'
import { startServer } from '../../../packages/server/src/main.ts'
import type { EndAnswer, EndSession, Storage } from '../../../packages/server/src/ports/storage.ts'

const committers = 2
const configuration = parseConfiguration(process.env)
const { database } = configuration
if (database.kind !== 'postgres') throw new Error('This is for PostgreSQL only')

const idle: Storage[] = []
for (let opened = 0; opened < committers; opened += 1) {
  idle.push(await openPostgresStorage({ location: database, randomness: systemRandomness }))
}
const waiting: ((storage: Storage) => void)[] = []

const server = await startServer({
  configuration,
  clock: systemClock,
  randomness: systemRandomness,
  logger: pino({ level: configuration.logLevel }, pino.destination({ fd: 2, sync: true })),
  decorateStorage: (storage) => ({
    ...storage,
    endSessions: async (requests) => (await Promise.all(requests.map(endAlone))).flat(),
  }),
})
process.stdout.write(`listening on ${server.url}\n`)
process.on('SIGTERM', () => process.exit(0))

async function endAlone(request: EndSession): Promise<readonly EndAnswer[]> {
  const storage = idle.pop() ?? (await new Promise<Storage>((resolve) => waiting.push(resolve)))
  try {
    return await storage.endSessions([request])
  } finally {
    const next = waiting.shift()
    if (next === undefined) idle.push(storage)
    else next(storage)
  }
}
