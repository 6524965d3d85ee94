import { sha256 } from './sha256.ts'
import type { Site } from './site.ts'

/**
 * Names the state of what an operator may change of a site: two sites with the same name and settings have the same, and
 * whatever is changed gives another. Nothing can be read from it.
 */
export function siteRevision({ name, settings }: Pick<Site, 'name' | 'settings'>): string {
  return Buffer.from(sha256(JSON.stringify([name, inOrder(settings)])))
    .toString('base64url')
    .slice(0, 22)
}

/** The order in which the fields of an object were written says nothing. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => [name, inOrder(field)])
}
