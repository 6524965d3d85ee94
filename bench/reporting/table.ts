import { type EntryResults, type ScenarioResults, summary } from './results.ts'

/** Figures that a table shows, in this order, where any row has them. */
const columns: readonly { readonly figure: string; readonly title: string; readonly digits: number }[] = [
  { figure: 'perSecond', title: 'per second', digits: 0 },
  { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 1 },
  { figure: 'maxMs', title: 'max ms', digits: 0 },
  { figure: 'perServerCpuSecond', title: 'per CPU second', digits: 0 },
  { figure: 'serverCpu', title: 'server CPU', digits: 2 },
  { figure: 'generatorCpu', title: 'generator CPU', digits: 2 },
  { figure: 'firstAnswerMs', title: 'first answer ms', digits: 0 },
  { figure: 'readyMs', title: 'ready ms', digits: 0 },
  { figure: 'checkoutReadyMs', title: 'from the checkout ms', digits: 0 },
  { figure: 'readyRatio', title: 'ratio', digits: 2 },
  { figure: 'packedBytes', title: 'packed bytes', digits: 0 },
  { figure: 'unpackedBytes', title: 'unpacked bytes', digits: 0 },
  { figure: 'files', title: 'files', digits: 0 },
  { figure: 'minifiedBytes', title: 'minified bytes', digits: 0 },
  { figure: 'gzippedBytes', title: 'gzipped bytes', digits: 0 },
  { figure: 'attempts', title: 'attempts', digits: 0 },
  { figure: 'accepted', title: 'accepted', digits: 0 },
  { figure: 'othersCpu', title: 'others CPU', digits: 2 },
  { figure: 'idleRssMib', title: 'idle RSS MiB', digits: 0 },
  { figure: 'rssMib', title: 'RSS MiB', digits: 0 },
]

/** The table of a scenario, in Markdown. */
export function tableOf(scenario: ScenarioResults): string {
  const entries = Object.values(scenario.entries)
  const shown = columns.filter(({ figure }) => entries.some(({ rounds }) => summary(rounds, figure) !== undefined))
  const rows = entries.map((entry) => [entry.title, ...cellsOf(entry, shown)])
  return [
    `### ${scenario.title}`,
    '',
    line(['', ...shown.map(({ title }) => title)]),
    line(['---', ...shown.map(() => '---:')]),
    ...rows.map(line),
  ].join('\n')
}

function cellsOf(entry: EntryResults, shown: typeof columns): readonly string[] {
  if (entry.disqualified !== undefined) {
    return [`disqualified: ${entry.disqualified}`, ...shown.slice(1).map(() => '')]
  }
  return shown.map(({ figure, digits }, index) => {
    const found = summary(entry.rounds, figure)
    if (found === undefined) return ''
    const { median, min, max } = found
    const spread = entry.rounds.length > 1 && index < 3 ? ` [${written(min, digits)}-${written(max, digits)}]` : ''
    return `${written(median, digits)}${spread}`
  })
}

function written(figure: number, digits: number): string {
  return figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
