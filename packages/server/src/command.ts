/** The `adjourn` command: finds what to do by its name, and tells what could not be done. */
import { backup } from './commands/backup.ts'
import type { Command } from './commands/command.ts'
import { epoch } from './commands/epoch.ts'
import { migrate } from './commands/migrate.ts'
import { move } from './commands/move.ts'
import { expectedProblem, UsageError } from './commands/problems.ts'
import { restore } from './commands/restore.ts'
import { start } from './commands/start.ts'

const commands: Readonly<Record<string, Command>> = { start, migrate, move, backup, restore, epoch }

/** Runs the command with the arguments after its name. Problems that an operator can solve end in a line and an exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const [name = 'start', ...rest] = argv
  if (name === 'help' || name === '--help') {
    process.stdout.write(`${usage()}\n`)
    return
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined) throw new UsageError(`${noSuchCommand(name)}\n\n${usage()}`)
    await command.run(rest)
  } catch (error) {
    const told = expectedProblem(error, name)
    if (told === undefined) throw error
    process.stderr.write(`${told.message}\n`)
    process.exitCode = told.exitCode
  }
}

/** What follows the name, or stands in its place and is no name, may hold a password. */
function noSuchCommand(name: string): string {
  const known = /^(?:(?:--)?[a-z][a-z-]{0,30}|-[a-z])(?==|$)/.exec(name)?.[0]
  return known === undefined ? 'There is no such command' : `There is no command "${known}"`
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { parameters, summary }]) => [`${name} ${parameters}`, summary])
  const width = Math.max(...lines.map(([line = '']) => line.length))
  return [
    'Usage: adjourn [command]',
    '',
    ...lines.map(([line = '', summary]) => `  ${line.padEnd(width)}  ${summary}`),
    '',
    'Everything else is set by environment variables; see docs/configuration.md.',
  ].join('\n')
}
