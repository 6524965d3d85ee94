import pino from 'pino'
import { steadyClock, systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import { parseConfiguration } from '../config/parse-configuration.ts'
import { firstSteps } from '../first-steps.ts'
import { startServer, witnessNotKept } from '../main.ts'
import { witnessFile } from '../open-storage.ts'
import type { Command } from './command.ts'
import { UsageError } from './problems.ts'

/** Serves until it is told to stop. */
export const start: Command = {
  parameters: '',
  summary: 'serves (also without any command)',
  run: async (rest) => {
    if (rest.length > 0) throw new UsageError(`adjourn start takes no parameters, not "${rest.join(' ')}"`)
    const configuration = parseConfiguration(process.env)
    // Standard output is for people: the ready line and the first steps. The log goes to standard error.
    const logger = pino({ level: configuration.logLevel }, pino.destination({ fd: 2, sync: true }))
    const witness = witnessFile(configuration, (error) => logger.error({ err: error }, witnessNotKept))
    // Between two readings of a database's clock the machine's may be set, by minutes.
    const clock = configuration.database.kind === 'postgres' ? steadyClock : systemClock
    const server = await startServer({ configuration, clock, randomness: systemRandomness, logger, witness })
    // In one piece, so that who reads the ready line finds the rest as well.
    process.stdout.write(`Adjourn is listening on ${server.url}\n${firstSteps(server)}\n`)
    stopOnSignal(() => server.close())
  },
}

function stopOnSignal(close: () => Promise<void>): void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`Adjourn did not stop cleanly: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
