import type { JudgedGoal } from './goals.ts'
import type { Results } from './results.ts'
import { tableOf } from './table.ts'

/** A whole run for people to read. */
export function markdownOf(results: Results, goals: readonly JudgedGoal[]): string {
  return `${[
    '# What was measured',
    aboutRun(results),
    '## Goals',
    goalsTable(goals),
    '## Figures',
    'Median of the rounds [lowest-highest]. How they were taken, and what they do not say, is in [README](../README.md).',
    ...Object.values(results.scenarios).map(tableOf),
    '## Versions',
    Object.entries(results.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ].join('\n\n')}\n`
}

/** The goals with what they came to. */
export function goalsTable(goals: readonly JudgedGoal[]): string {
  const rows = goals.map(({ name, quantity, better, must, aim, value, tooFew, mustHeld, aimHeld }) => {
    const sign = better === 'more' ? '≥' : '≤'
    const unjudged = tooFew === null ? 'not measured' : `too few: ${tooFew.toLocaleString('en')}`
    const measured = value === null ? unjudged : `${short(value.median)} [${short(value.min)}-${short(value.max)}]`
    const verdict = mustHeld === null ? '' : aimHeld === true ? 'aim held' : mustHeld ? 'must held' : '**missed**'
    return `| ${[name, quantity, `${sign} ${must}`, `${sign} ${aim}`, measured, verdict].join(' | ')} |`
  })
  return ['| # | quantity | must | aim | measured | |', '| --- | --- | ---: | ---: | ---: | --- |', ...rows].join('\n')
}

function aboutRun({ date, machine, method }: Results): string {
  const cores = machine.pinned
    ? 'The server had one core to itself and the load generator another.'
    : 'Server and load generator were **not** given cores of their own, so that they were in each other’s way.'
  return `${date}, Node ${machine.node}, ${machine.cores} cores of ${machine.processor}, ${machine.memoryGib} GiB, ${machine.platform}. ${cores} ${method.connections} keep-alive connections without pipelining, ${method.storedSessions.toLocaleString('en')} stored sessions, ${method.warmupSeconds} s of warm-up and ${method.measuredSeconds} s measured, unless a table says otherwise.`
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString()
}
