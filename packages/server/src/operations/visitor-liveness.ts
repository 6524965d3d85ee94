import { isClientActive } from '../domain/client.ts'
import type { VisitorTokenClaims } from '../ports/visitor-tokens.ts'
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
  { site, client: clientId, visitor, generation }: Omit<VisitorTokenClaims, 'issuedAt'>,
): Promise<boolean> {
  const [client, { ended, siteGeneration }] = await Promise.all([
    storage.findClient(clientId),
    storage.checkVisitor(site, visitor),
  ])
  return !ended && generation >= siteGeneration && client !== undefined && isClientActive(client)
}
