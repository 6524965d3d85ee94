import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { metricTable } from '../../src/adapters/metrics/metric-table.ts'
import { Series } from '../../src/adapters/metrics/series.ts'
import { version } from '../../src/version.ts'
import { readMetrics } from '../support/metrics.ts'
import { startTestServer } from '../support/test-server.ts'

const textOf = (name: string) => readFileSync(fileURLToPath(new URL(`../../../../${name}`, import.meta.url)), 'utf8')
const names = Object.keys(metricTable).toSorted()

/** The names of metrics in a text; those of the parts of a histogram count as its own. */
function namedIn(text: string): readonly string[] {
  const found = text.match(/\b(?:adjourn|nodejs|process)_[a-z0-9_]+\b/g) ?? []
  const whole = found.map((name) => (names.includes(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '')))
  return [...new Set(whole)].toSorted()
}

test('the page about observability names every metric, and none that is not there', () => {
  const rows = textOf('docs/observability.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  expect(namedIn(rows.map((row) => row.split('|')[1]).join('\n'))).toEqual(names)
})

test('the example dashboard shows every metric, and none that is not there', () => {
  const { panels } = JSON.parse(textOf('docs/observability/dashboard.json')) as {
    panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
  }
  expect(namedIn(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n'))).toEqual(names)
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
})

test('the example alerts are about metrics that are there', () => {
  const named = namedIn(textOf('docs/observability/alerts.yml'))
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !names.includes(name))).toEqual([])
})

test('a server exposes every metric of the table that has no labels, from its first moment', async () => {
  await using server = await startTestServer()
  const reading = await readMetrics(server)
  const exposed = new Set([...reading.keys()].map((series) => series.replace(/(?:_bucket|_sum|_count)?(?:\{.*)?$/, '')))
  for (const name of ['adjourn_commit_batch_size', 'adjourn_duty_oldest_age', 'adjourn_password_hash_duration']) {
    expect(
      [...exposed].some((each) => each.startsWith(name)),
      name,
    ).toBe(true)
  }
})

test('the version that is told is the one of the package', () => {
  expect(JSON.parse(textOf('packages/server/package.json'))).toMatchObject({ version })
})

test('a metric whose labels got out of hand stops at a thousand series', () => {
  const series = new Series(['code', 'because'], () => ({ value: 0 }))
  for (let count = 0; count < 5000; count += 1) series.of(`code ${count}`, `because ${count}`).value += 1
  for (let count = 0; count < 5000; count += 1) series.of(`code ${count}`, '').value += 1
  const all = [...series]
  expect(all.length).toBeLessThanOrEqual(1002)
  expect(all.reduce((sum, [, { value }]) => sum + value, 0)).toBe(10_000)
})
