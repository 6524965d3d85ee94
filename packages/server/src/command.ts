/** The `adjourn` command. */
import pino from 'pino'
import { UnsuitableDatabase } from './adapters/postgres/connection.ts'
import { ConnectionLost, StatementRefused } from './adapters/postgres/failures.ts'
import { DatabaseInUse } from './adapters/sqlite/open-database.ts'
import { SchemaTooNew } from './adapters/stored/schema-too-new.ts'
import { systemClock } from './adapters/system/clock.ts'
import { systemRandomness } from './adapters/system/randomness.ts'
import { ConfigurationError, parseConfiguration } from './config/parse-configuration.ts'
import { firstSteps } from './first-steps.ts'
import { type RunningServer, startServer } from './main.ts'
import { KeyEncryptionMismatch, UnusableStoredKey } from './ports/keys.ts'

/** EX_USAGE, EX_UNAVAILABLE and EX_CONFIG of sysexits.h. */
const exitCodes = { usage: 64, unavailable: 69, configuration: 78 } as const

const usage = `Usage: adjourn [start]

Serves Adjourn. Everything is set by environment variables; see docs/configuration.md.`

/** Runs the command with the arguments after its name. */
export async function run(argv: readonly string[]): Promise<void> {
  const [command = 'start', ...rest] = argv
  if (command === 'help' || command === '--help') {
    write(usage)
  } else if (command === 'start' && rest.length === 0) {
    await start()
  } else {
    complain(`There is no command "${argv.join(' ')}"\n\n${usage}`, exitCodes.usage)
  }
}

async function start(): Promise<void> {
  let server: RunningServer
  try {
    const configuration = parseConfiguration(process.env)
    // Standard output is for people: the ready line and the first steps. The log goes to standard error.
    const logger = pino({ level: configuration.logLevel }, pino.destination({ fd: 2, sync: true }))
    server = await startServer({ configuration, clock: systemClock, randomness: systemRandomness, logger })
  } catch (error) {
    const told = expectedProblem(error)
    if (told === undefined) throw error
    complain(told.message, told.exitCode)
    return
  }
  // In one piece, so that who reads the ready line finds the rest as well.
  write(`Adjourn is listening on ${server.url}\n${firstSteps(server)}`)
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    server.close().then(
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

/** Problems that an operator can do something about, told without a stack trace. */
function expectedProblem(error: unknown): { readonly message: string; readonly exitCode: number } | undefined {
  if (error instanceof ConfigurationError || error instanceof KeyEncryptionMismatch) {
    return { message: error.message, exitCode: exitCodes.configuration }
  }
  if (error instanceof DatabaseInUse || error instanceof SchemaTooNew || error instanceof UnusableStoredKey) {
    return { message: error.message, exitCode: exitCodes.unavailable }
  }
  if (error instanceof UnsuitableDatabase) return { message: error.message, exitCode: exitCodes.configuration }
  if (error instanceof ConnectionLost || error instanceof StatementRefused) {
    return { message: `The database cannot be used: ${error.message}`, exitCode: exitCodes.unavailable }
  }
  // The system refused a file or an address, or what was found in the file is no database.
  if (error instanceof Error && ('syscall' in error || 'errcode' in error)) {
    return { message: `Adjourn cannot start: ${error.message}`, exitCode: exitCodes.unavailable }
  }
  return undefined
}

function write(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}
