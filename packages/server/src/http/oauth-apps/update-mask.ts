import { Type } from 'typebox'
import { optional } from '../wire/validation.ts'

/** Which fields an update means: a text with commas, as the official client sends it, a message with `paths`, or a list. */
export const updateMask = optional(
  Type.Union([Type.String(), Type.Array(Type.String()), Type.Object({ paths: optional(Type.Array(Type.String())) })]),
)

/** The fields that the identity API lets an app be changed in. Others may be named, as the official client does, to no effect. */
const updatable: ReadonlySet<string> = new Set([
  'name',
  'description',
  'loginUrl',
  'logoutUrl',
  'allowedRedirectUris',
  'allowedRedirectDomains',
  'allowedDomains',
  'technology',
  'wixPagesDomainsMappings',
  'redirectUrlWixPages',
])

/** The fields that a mask names and an update may change. Without a mask there are none. */
export function fieldsOfMask(
  mask: string | readonly string[] | { readonly paths?: readonly string[] | null } | null | undefined,
): ReadonlySet<string> {
  const names = new Set(pathsOf(mask).map((path) => path.trim().replace(/^oAuthApp\./, '')))
  return new Set([...names].filter((name) => updatable.has(name)))
}

function pathsOf(mask: Parameters<typeof fieldsOfMask>[0]): readonly string[] {
  if (mask == null) return []
  if (typeof mask === 'string') return mask.split(',')
  return isList(mask) ? mask : (mask.paths ?? [])
}

function isList(mask: object): mask is readonly string[] {
  return Array.isArray(mask)
}
