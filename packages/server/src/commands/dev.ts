import { systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import { emulatorConfiguration } from '../emulator/emulator-configuration.ts'
import { emulatorAdministratorKey } from '../emulator/fixed-values.ts'
import { type MembersFile, readMembersFile } from '../emulator/members-file.ts'
import { startEmulator } from '../emulator/start-emulator.ts'
import { firstSteps } from '../first-steps.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import type { Command } from './command.ts'
import { loggerOf } from './logger.ts'
import { notOption, UsageError } from './refusals.ts'

/** Serves an emulator until it is told to stop. */
export const dev: Command = {
  parameters: '[--members <file>]',
  summary: 'serves an emulator for the tests of a site: in memory, for this machine alone',
  run: async (rest) => {
    const path = readParameters(rest)
    const configuration = emulatorConfiguration(process.env)
    const members = path === undefined ? undefined : await readMembersFile(path)
    const logger = loggerOf(configuration)
    const emulator = await startEmulator({
      configuration,
      members,
      clock: systemClock,
      randomness: systemRandomness,
      logger,
    })
    // First of all, as at a start: whoever reads the ready line may send a signal at once.
    stopOnSignal(() => emulator.close())
    const lines = [
      `Adjourn's emulator, which forgets everything when it stops, is listening on ${emulator.url}`,
      firstSteps(emulator),
      '',
      ...aboutEmulator(emulator.url, members),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  },
}

function aboutEmulator(url: string, members: MembersFile | undefined): readonly string[] {
  const seeded = members === undefined ? 'none' : `${members.members.length} from ${members.path}`
  return [
    'For development and tests only: whoever reaches this address may do everything here.',
    `Members: ${seeded}`,
    `Administrator key, the same for everybody: ${emulatorAdministratorKey}`,
    `Time: ${url}/dev/clock, faults: ${url}/dev/faults, everything back to the start: ${url}/dev/reset`,
  ]
}

function readParameters(rest: readonly string[]): string | undefined {
  if (rest.length === 0) return undefined
  const [first = '', second] = rest
  const path = rest.length === 1 ? /^--members=(.+)$/s.exec(first)?.[1] : first === '--members' ? second : undefined
  if (path !== undefined && path !== '' && rest.length <= 2) return path
  const others = rest.filter((word) => !/^--members(?:=|$)/.test(word))
  throw new UsageError(`adjourn dev takes --members and the name of a file, and nothing else${notOption(others)}`)
}
