import { steadyClock, systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import type { Configuration } from '../config/configuration.ts'
import { ConfigurationError, parseConfiguration } from '../config/parse-configuration.ts'
import { administratorKeyLine, firstSteps } from '../first-steps.ts'
import { freePort } from '../free-port.ts'
import { startServer, witnessNotKept } from '../main.ts'
import { witnessFile } from '../open-storage.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { WorkerNotStarted, Workers } from '../workers/supervise.ts'
import type { Command } from './command.ts'
import { loggerOf } from './logger.ts'
import { notOption, UsageError } from './refusals.ts'

/** Each holds up to seven connections to the database, and takes a processor: where more are needed, so is another machine. */
const workersMost = 64

/** Serves until it is told to stop. */
export const start: Command = {
  parameters: '[--workers <number>]',
  summary: 'serves (also without any command); on PostgreSQL with several processes on one port',
  run: async (rest) => {
    const workers = readWorkers(rest)
    const configuration = parseConfiguration(process.env)
    if (workers === undefined) await serve(configuration)
    else await serveWith(workers, configuration)
  },
}

async function serve(configuration: Configuration): Promise<void> {
  const logger = loggerOf(configuration)
  const witness = witnessFile(configuration, (error) => logger.error({ err: error }, witnessNotKept))
  // Between two readings of a database's clock the machine's may be set, by minutes.
  const clock = configuration.database.kind === 'postgres' ? steadyClock : systemClock
  const server = await startServer({ configuration, clock, randomness: systemRandomness, logger, witness })
  // First of all: whoever reads the ready line may send a signal before this process comes to its next line.
  stopOnSignal(() => server.close())
  sayReady(server.url, firstSteps(server))
}

async function serveWith(count: number, configuration: Configuration): Promise<void> {
  if (configuration.database.kind !== 'postgres') {
    throw new ConfigurationError([
      'ADJOURN_DATABASE_URL must be a postgres:// URL for "adjourn start --workers": a SQLite database is held by one process',
    ])
  }
  // Workers share their port with whoever asks to, also with those of another start: that it is free is found out here.
  const port = await freePort(configuration.host, configuration.port)
  const workers = new Workers({ count, port, logger: loggerOf(configuration) })
  try {
    const first = await workers.start()
    stopOnSignal(() => workers.stop())
    sayReady(first.url, first.firstSteps)
  } catch (error) {
    if (error instanceof WorkerNotStarted && error.newAdministratorKey !== null) {
      // It is in the database as a hash only: unless it is shown now, nobody will ever know it.
      process.stdout.write(`${administratorKeyLine(error.newAdministratorKey)}\n`)
    }
    throw error
  }
}

function readWorkers(rest: readonly string[]): number | undefined {
  if (rest.length === 0) return undefined
  const given = /^--workers(?:[= ]|$)(.*)$/.exec(rest.join(' '))?.[1]
  if (given === undefined) {
    throw new UsageError(`adjourn start takes --workers and nothing else${notOption(rest)}`)
  }
  const count = Number(given)
  if (/^[1-9]\d*$/.test(given) && count <= workersMost) return count
  throw new UsageError(`--workers must be a whole number from 1 to ${workersMost}`)
}

/** In one piece, so that who reads the ready line finds the rest as well. */
function sayReady(url: string, steps: string): void {
  process.stdout.write(`Adjourn is listening on ${url}\n${steps}\n`)
}
