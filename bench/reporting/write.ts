import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { chartOf } from './chart.ts'
import { judgeGoals } from './goals.ts'
import { markdownOf } from './markdown.ts'
import type { Results } from './results.ts'

/** Writes a run as JSON, for people to read, and as a picture, beside each other. */
export function writeReport(file: string, results: Results): void {
  const goals = judgeGoals(results)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.json`, `${JSON.stringify({ ...results, goals }, rounded, 2)}\n`)
  writeFileSync(`${file}.md`, markdownOf(results, goals))
  const chart = chartOf(results)
  if (chart !== undefined) writeFileSync(`${file}.svg`, chart)
}

/** More digits than these are more than any of these measurements is good for. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}
