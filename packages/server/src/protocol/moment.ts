const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/

/**
 * Reads a moment as RFC 3339 writes it, with an offset and at most milliseconds; `undefined` when the text is none, such as a
 * day that its month does not have, which the language would take for one of the next month.
 */
export function readMoment(text: string): number | undefined {
  const [matched, year, month, day] = rfc3339.exec(text) ?? []
  if (matched === undefined) return undefined
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (Number(day) > lastDay) return undefined
  const at = Date.parse(matched)
  return Number.isNaN(at) ? undefined : at
}
