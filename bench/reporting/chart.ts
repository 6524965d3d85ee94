import { type Results, summary } from './results.ts'

/** The rows of the chart, in its order. A limit is drawn as an outline: it is what would be possible with no work done. */
const rows: readonly { readonly entry: string; readonly title: string; readonly look: 'ours' | 'other' | 'limit' }[] = [
  { entry: 'bare-http', title: 'bare node:http, no work done', look: 'limit' },
  { entry: 'adjourn-sqlite', title: 'Adjourn', look: 'ours' },
  { entry: 'naive', title: 'naive logout, a commit each', look: 'other' },
  { entry: 'express-session', title: 'express-session', look: 'other' },
  { entry: 'auth-js', title: 'Auth.js', look: 'other' },
  { entry: 'better-auth', title: 'better-auth', look: 'other' },
]

const panels = [
  { scenario: 'logout', title: 'Durable logouts per second' },
  { scenario: 'check', title: 'Session checks per second' },
] as const

const width = 880
const left = 16
const labels = 214
const valueRoom = 74
const barHeight = 18
const rowHeight = 28
const panelHead = 44
const gap = 22
const foot = 64

/**
 * The main figures as a picture, readable on light and dark pages. `undefined` while a panel has nothing to show.
 */
export function chartOf(results: Results): string | undefined {
  const barRoom = width - left * 2 - labels - valueRoom
  const parts: string[] = []
  let top = 14
  for (const { scenario, title } of panels) {
    const found = rows.flatMap((row) => {
      const entry = results.scenarios[scenario]?.entries[row.entry]
      const value = entry?.disqualified === undefined ? summary(entry?.rounds ?? [], 'perSecond') : undefined
      return value === undefined ? [] : [{ ...row, ...value }]
    })
    if (found.length === 0) return undefined
    const most = Math.max(...found.map(({ max }) => max))
    const x = (value: number) => left + labels + (value / most) * barRoom
    parts.push(text(left, top + 20, title, 'head'))
    top += panelHead
    for (const { title: label, look, median, min, max } of found) {
      const middle = top + barHeight / 2
      const length = Math.max(2, x(median) - x(0))
      parts.push(
        text(left + labels - 12, middle + 4.5, label, look === 'ours' ? 'label ours' : 'label', 'end'),
        `<rect class="${look}" x="${n(x(0))}" y="${n(top)}" width="${n(length)}" height="${barHeight}" rx="3"/>`,
        `<path class="spread" d="M${n(x(min))} ${n(middle)}H${n(x(max))}M${n(x(min))} ${n(middle - 4)}v8M${n(x(max))} ${n(middle - 4)}v8"/>`,
        text(Math.max(x(median), x(max)) + 8, middle + 4.5, count(median), look === 'ours' ? 'value ours' : 'value'),
      )
      top += rowHeight
    }
    top += gap
  }
  const [first, second] = footnotes(results)
  parts.push(text(left, top + 8, first, 'note'), text(left, top + 26, second, 'note'))
  const height = top + foot - gap
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${n(height)}" width="${width}" height="${n(height)}" role="img" aria-label="${escaped(description(results))}">
<style>
svg{--paper:#ffffff;--ink:#1f2328;--quiet:#59636e;--ours:#0969da;--other:#afb8c1;--line:#1f2328}
@media (prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#f0f6fc;--quiet:#9198a1;--ours:#4493f8;--other:#545d68;--line:#f0f6fc}}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:13px;fill:var(--ink)}
.paper{fill:var(--paper)}.head{font-size:15px;font-weight:600}.note{font-size:11.5px;fill:var(--quiet)}.label{fill:var(--quiet)}
text.ours{fill:var(--ink);font-weight:600}.value{font-variant-numeric:tabular-nums}
rect.ours{fill:var(--ours)}rect.other{fill:var(--other)}rect.limit{fill:none;stroke:var(--other);stroke-dasharray:4 3}
.spread{stroke:var(--line);stroke-opacity:.55;fill:none}
</style>
<rect class="paper" width="${width}" height="${n(height)}" rx="6"/>
${parts.join('\n')}
</svg>
`
}

function footnotes({ date, machine, method }: Results): readonly [string, string] {
  return [
    `SQLite with synchronous=FULL, one core for the server, ${method.connections} connections, a different live session in each request.`,
    `Bars: median of the rounds; lines: lowest to highest. ${date}, Node ${machine.node}, ${machine.processor}: elsewhere only the ratios hold.`,
  ]
}

function description(results: Results): string {
  return panels
    .map(({ scenario, title }) => {
      const figures = rows.flatMap(({ entry, title: label }) => {
        const value = summary(results.scenarios[scenario]?.entries[entry]?.rounds ?? [], 'perSecond')
        return value === undefined ? [] : [`${label} ${count(value.median)}`]
      })
      return `${title}: ${figures.join(', ')}`
    })
    .join('. ')
}

function text(x: number, y: number, content: string, look: string, anchor: 'start' | 'end' = 'start'): string {
  const where = anchor === 'end' ? ' text-anchor="end"' : ''
  return `<text class="${look}" x="${n(x)}" y="${n(y)}"${where}>${escaped(content)}</text>`
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function n(value: number): string {
  return Number(value.toFixed(1)).toString()
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
