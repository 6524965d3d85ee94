import { type AuditedField, auditEvents } from '../../src/domain/audit-events.ts'
import { causesWithMeaning } from '../../src/domain/cause.ts'

/** The page about the audit log with its tables as the code has them. What stands around them is kept. */
export function withTables(page: string): string {
  const events = Object.entries(auditEvents).map(([name, { says, names }]) => row(`\`${name}\``, says, list(names)))
  const causes = Object.entries(causesWithMeaning).map(([name, says]) => row(`\`${name}\``, says))
  const withEvents = replaced(page, 'events', [row('event', 'means', 'names'), row('---', '---', '---'), ...events])
  return replaced(withEvents, 'causes', [row('cause', 'means'), row('---', '---'), ...causes])
}

function replaced(page: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const [before, after] = [page.indexOf(begin), page.indexOf(end)]
  if (before < 0 || after < before) throw new RangeError(`Cannot find the place of the ${name} in the page`)
  return `${page.slice(0, before + begin.length)}\n${lines.join('\n')}\n${page.slice(after)}`
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function list(names: readonly AuditedField[]): string {
  return names.length === 0 ? '–' : names.join(', ')
}
