/** What may be registered of a client. */
import type { ClientFields } from './client.ts'
import { redirectDomainProblem, redirectUriProblem } from './redirects.ts'
import { isLoopbackHost, parseWebUrl, readAbsoluteUrl } from './web-url.ts'

/** A rule that a field breaks, in words that continue a sentence beginning with the field's name. */
export interface ClientProblem {
  readonly field: string
  readonly rule: 'FORMAT' | 'MIN_LENGTH' | 'MAX_LENGTH'
  readonly says: string
  /** The format that the field has to have, where it is one. */
  readonly format?: 'WEB_URL' | 'URI'
}

const nameCharactersMin = 2
const nameCharactersMax = 256
const descriptionCharactersMax = 2048
const listEntriesMax = 20
const mappingsMax = 200
const addressCharactersMax = 2048
const pagesUrlCharactersMax = 1024
const pagesOriginCharactersMax = 256

/**
 * Every rule that the given fields break, by the names that the fields have in the APIs. Fields that are left out break none.
 */
export function clientProblems(fields: Partial<ClientFields>): readonly ClientProblem[] {
  const { name, description, allowedRedirectUris = [], allowedRedirectDomains = [] } = fields
  return [
    ...(name === undefined ? [] : nameProblems(name)),
    ...tooLong('description', description, descriptionCharactersMax),
    ...entryProblems('allowedRedirectUris', allowedRedirectUris, redirectUriProblem, { format: 'URI' }),
    ...entryProblems('allowedRedirectDomains', allowedRedirectDomains, redirectDomainProblem, {}),
    ...webUrlProblems('loginUrl', fields.loginUrl),
    ...webUrlProblems('logoutUrl', fields.logoutUrl),
    ...backchannelProblems(fields.backchannelLogoutUri),
    ...mappingProblems(fields.pagesMappings ?? []),
    ...tooLong('redirectUrlWixPages', fields.pagesRedirectUrl, pagesUrlCharactersMax),
    ...tooLong('origin', fields.pagesOrigin, pagesOriginCharactersMax),
  ]
}

function nameProblems(name: string): readonly ClientProblem[] {
  if (name.length < nameCharactersMin) {
    return [{ field: 'name', rule: 'MIN_LENGTH', says: `must have at least ${nameCharactersMin} characters` }]
  }
  return tooLong('name', name, nameCharactersMax)
}

function tooLong(field: string, value: string | null | undefined, charactersMax: number): readonly ClientProblem[] {
  if (value == null || value.length <= charactersMax) return []
  return [{ field, rule: 'MAX_LENGTH', says: `must have at most ${charactersMax} characters` }]
}

function entryProblems(
  field: string,
  entries: readonly string[],
  problemOf: (entry: string) => string | undefined,
  format: Pick<ClientProblem, 'format'>,
): readonly ClientProblem[] {
  if (entries.length > listEntriesMax) {
    return [{ field, rule: 'MAX_LENGTH', says: `must have at most ${listEntriesMax} entries` }]
  }
  return entries.flatMap((entry, index) => {
    const says = problemOf(entry)
    return says === undefined ? [] : [{ field: `${field}.${index}`, rule: 'FORMAT' as const, says, ...format }]
  })
}

function webUrlProblems(field: string, value: string | null | undefined): readonly ClientProblem[] {
  if (value == null || parseWebUrl(value) !== undefined) return []
  return [{ field, rule: 'FORMAT', says: webUrlRule(value), format: 'WEB_URL' }]
}

function webUrlRule(value: string): string {
  const reading = readAbsoluteUrl(value)
  return 'problem' in reading ? reading.problem : 'must be an absolute http or https URL'
}

/** Logout tokens are sent there by this server: a fragment would be lost, and http would show them to the network. */
function backchannelProblems(value: string | null | undefined): readonly ClientProblem[] {
  if (value == null) return []
  const url = parseWebUrl(value)
  const problem = (says: string) => [
    { field: 'backchannelLogoutUri', rule: 'FORMAT', says, format: 'WEB_URL' } as const,
  ]
  if (url === undefined) return problem(webUrlRule(value))
  if (value.includes('#')) return problem('must not contain a fragment')
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return problem('must use https, as http is for localhost, 127.0.0.0/8 and [::1] only')
  }
  return []
}

function mappingProblems(mappings: ClientFields['pagesMappings']): readonly ClientProblem[] {
  const field = 'wixPagesDomainsMappings'
  if (mappings.length > mappingsMax) {
    return [{ field, rule: 'MAX_LENGTH', says: `must have at most ${mappingsMax} entries` }]
  }
  return mappings.flatMap(({ origin, destination }, index) => [
    ...tooLong(`${field}.${index}.origin`, origin, addressCharactersMax),
    ...tooLong(`${field}.${index}.destination`, destination, addressCharactersMax),
  ])
}
