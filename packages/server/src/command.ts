/** The `adjourn` command: finds what to do by its name, and tells what could not be done. */
import type { Command } from './commands/command.ts'
import { UsageError } from './commands/refusals.ts'

/** Each is loaded when it is called: what moves an installation to PostgreSQL would hold up every start on SQLite. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  dev: async () => (await import('./commands/dev.ts')).dev,
  import: async () => (await import('./commands/import.ts')).importMembers,
  migrate: async () => (await import('./commands/migrate.ts')).migrate,
  move: async () => (await import('./commands/move.ts')).move,
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/restore.ts')).restore,
  epoch: async () => (await import('./commands/epoch.ts')).epoch,
}

/** Runs the command with the arguments after its name. Problems that an operator can solve end in a line and an exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const [name = 'start', ...rest] = argv
  if (name === 'help' || name === '--help') {
    process.stdout.write(`${await usage()}\n`)
    return
  }
  try {
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (load === undefined) throw new UsageError(`${noSuchCommand(name)}\n\n${await usage()}`)
    const command = await load()
    await command.run(rest)
  } catch (error) {
    const { expectedProblem } = await import('./commands/problems.ts')
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

async function usage(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      const { parameters, summary } = await load()
      return [`${name} ${parameters}`, summary] as const
    }),
  )
  const width = Math.max(...lines.map(([line = '']) => line.length))
  return [
    'Usage: adjourn [command]',
    '',
    ...lines.map(([line = '', summary]) => `  ${line.padEnd(width)}  ${summary}`),
    '',
    'Everything else is set by environment variables; see docs/configuration.md.',
  ].join('\n')
}
