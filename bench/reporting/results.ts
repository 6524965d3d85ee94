import { existsSync, readFileSync } from 'node:fs'
import type { MachineFacts } from '../running/machine.ts'
import type { Figures } from '../scenarios/scenario.ts'

/** What a run came to, as it is kept. */
export interface Results {
  readonly date: string
  readonly machine: MachineFacts
  readonly method: Method
  readonly versions: Readonly<Record<string, string>>
  readonly scenarios: Readonly<Record<string, ScenarioResults>>
}

/** What was the same for every measurement of a load. */
export interface Method {
  readonly connections: number
  readonly warmupSeconds: number
  readonly measuredSeconds: number
  readonly storedSessions: number
}

export interface ScenarioResults {
  readonly title: string
  readonly entries: Readonly<Record<string, EntryResults>>
}

export interface EntryResults {
  readonly title: string
  /** Why nothing is counted, if so. */
  readonly disqualified?: string
  /** A round each. */
  readonly rounds: readonly Figures[]
}

/** What an earlier run left, if one did. */
export function readResults(file: string): Results | undefined {
  return existsSync(`${file}.json`) ? (JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Results) : undefined
}

/** The middle figure of several rounds, and the lowest and highest. `undefined` where no round has the figure. */
export function summary(
  rounds: readonly Figures[],
  name: string,
): { readonly median: number; readonly min: number; readonly max: number } | undefined {
  const sorted = rounds
    .map((round) => round[name])
    .filter((figure) => figure !== undefined)
    .sort((one, other) => one - other)
  const min = sorted[0]
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return undefined
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2
  return { median, min, max }
}
