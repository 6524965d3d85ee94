/** Metrics as Prometheus reads them: every line, strictly. */
import { expect } from 'vitest'
import { metricTable } from '../../src/adapters/metrics/metric-table.ts'
import { type Sent, send } from './send.ts'
import type { Served } from './test-server.ts'

/** What one reading said, by name and labels as they stand in the line: `adjourn_refusals_total{code="NOT_FOUND"}`. */
export type Reading = ReadonlyMap<string, number>

const comment = /^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$/
const labelPair = String.raw`[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"`
const sampleLine = new RegExp(String.raw`^([a-z][a-z0-9_]*)(\{${labelPair}(?:,${labelPair})*\})? (\S+)$`)

/** Reads the metrics of a server; fails unless the answer is well formed in every line. */
export async function readMetrics(server: Pick<Served, 'url'>, sent?: Sent): Promise<Reading> {
  const answer = await send(`${server.url}/metrics`, sent)
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  return readingOf(answer.text)
}

/** The same of a text. */
export function readingOf(text: string): Reading {
  expect(text.endsWith('\n')).toBe(true)
  const reading = new Map<string, number>()
  const told = new Set<string>()
  let present: string | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const [, what, about = '', said] = comment.exec(line) ?? []
    if (what !== undefined) {
      expect(told.has(`${what} ${about}`), line).toBe(false)
      told.add(`${what} ${about}`)
      const { type, help } = metricTable[about as keyof typeof metricTable]
      expect(said).toBe(what === 'TYPE' ? type : help)
      present = about
      continue
    }
    const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? []
    // Samples follow the lines that say what they are.
    expect(name.replace(/_(?:bucket|sum|count)$/, '') === present || name === present, line).toBe(true)
    expect(value, line).toMatch(/^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/)
    expect(reading.has(name + labels), line).toBe(false)
    reading.set(name + labels, Number(value))
  }
  return reading
}

/** By how much series grew between two readings; those that did not are left out. */
export function growthOf(before: Reading, after: Reading): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Array.from(after, ([series, value]) => [series, value - (before.get(series) ?? 0)] as const).filter(
      ([, growth]) => growth !== 0,
    ),
  )
}
