import type { AccessTokenClaims } from '../ports/access-tokens.ts'
import type { VisitorTokenClaims } from '../ports/visitor-tokens.ts'
import { isClientOf } from './client-liveness.ts'
import type { Service } from './service.ts'

/**
 * Whether a visitor may still act, whatever token names them. A visitor has no row that an end could mark, so there are
 * three things to ask: whether they were closed, whether everybody was signed out since, and whether their client may
 * still act at all.
 *
 * Does not look at the age of the token.
 *
 * @throws {StorageUnavailable} When the database does not answer: never a guess.
 */
export async function isVisitorLive(
  { storage }: Service,
  { site, client: clientId, visitor, generation, clientGeneration }: Omit<VisitorTokenClaims, 'issuedAt'>,
): Promise<boolean> {
  const [client, { ended, siteGeneration }] = await Promise.all([
    storage.findClient(clientId),
    storage.checkVisitor(site, visitor),
  ])
  return !ended && generation >= siteGeneration && isClientOf(client, clientGeneration)
}

/** The visitor whom an access token names. */
export function visitorOf(
  claims: Extract<AccessTokenClaims, { readonly subject_type: 'visitor' }>,
): Omit<VisitorTokenClaims, 'issuedAt'> {
  const { site, client_id: client, sub: visitor, gen: generation, client_gen: clientGeneration } = claims
  return { site, client, visitor, generation, clientGeneration }
}
