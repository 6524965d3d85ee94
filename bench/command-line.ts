import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Profile } from './running/measure-load.ts'
import { everyScenario } from './scenarios/every-scenario.ts'
import type { Scenario } from './scenarios/scenario.ts'

export interface Options {
  readonly scenarios: readonly Scenario[]
  /** The contenders to measure; all where `undefined`. */
  readonly contenders: readonly string[] | undefined
  readonly rounds: number
  readonly sessions: number
  readonly profile: Profile
  /** Where seeded data is kept for later runs, if anywhere. */
  readonly data: string | undefined
  /** Where processor profiles of the servers are left, if anywhere. */
  readonly cpuProfile: string | undefined
  /** Adds rounds to those in the file, in place of starting anew. */
  readonly append: boolean
  /** Where results are kept, without the ending of the name. */
  readonly file: string
}

const results = fileURLToPath(import.meta.resolve('./results/'))

/** What the command line asks for; `undefined` when it asks for how it is used, or cannot be understood. */
export function readOptions(given: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      append: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      sessions: { type: 'string' },
      contenders: { type: 'string' },
      data: { type: 'string' },
      'cpu-profile': { type: 'string' },
    },
  })
  const { quick } = values
  const every = everyScenario(quick)
  const scenarios = every.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const unknown = positionals.filter((name) => !every.some((scenario) => scenario.name === name))
  if (values.help || unknown.length > 0) return undefined
  return {
    scenarios,
    contenders: values.contenders?.split(','),
    rounds: Number(values.rounds ?? (quick ? 1 : 3)),
    sessions: Number(values.sessions ?? (quick ? 50_000 : 250_000)),
    profile: {
      connections: 64,
      // Until what a request passes has been compiled: with a second, half of the server is measured as it starts.
      warmupMs: quick ? 500 : 4000,
      measureMs: Number(values.seconds ?? (quick ? 2 : 4)) * 1000,
      pace: 'saturate',
    },
    data: values.data === undefined ? undefined : resolve(values.data),
    cpuProfile: values['cpu-profile'] === undefined ? undefined : resolve(values['cpu-profile']),
    append: values.append,
    file: join(results, quick ? 'quick' : 'latest'),
  }
}

/** How the command is used. */
export function usage(): string {
  return `npm run bench -- [scenario…] [--quick] [--rounds N] [--seconds N] [--sessions N] [--contenders a,b] [--append] [--data DIRECTORY] [--cpu-profile DIRECTORY]

Scenarios, all of them where none is named:
${everyScenario(false)
  .map(({ name, title }) => `  ${name.padEnd(18)}${title}`)
  .join('\n')}
`
}
