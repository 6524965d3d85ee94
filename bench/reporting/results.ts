import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
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

export function readResults(file: string): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined
}

export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results, rounded, 2)}\n`)
}

/** Four figures are more than any of these measurements is good for. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value
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
