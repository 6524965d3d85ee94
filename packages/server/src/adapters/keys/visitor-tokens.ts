import type { ClientId, SiteId, VisitorId } from '../../domain/ids.ts'
import { isSecretOf, secretPrefix } from '../../domain/secrets.ts'
import type { Keyring } from '../../ports/keys.ts'
import type { VisitorTokenClaims, VisitorTokens } from '../../ports/visitor-tokens.ts'

const macContext = 'visitor'
/** Leads the payload, so that layouts can be told apart. */
const layout = 2
/** Without the client's generation, which no client had raised when it was written. */
const formerLayout = 1

/**
 * Visitor refresh tokens as `adj_visitor_<payload>.<mac>`: the payload is a JSON list in base64url, and the MAC covers
 * everything before it, the prefix included.
 */
export function createVisitorTokens(keyring: Pick<Keyring, 'mac' | 'verifyMac'>): VisitorTokens {
  return {
    mint({ site, client, visitor, generation, clientGeneration, issuedAt }) {
      const payload = JSON.stringify([layout, site, client, visitor, generation, issuedAt, clientGeneration])
      if (parsePayload(payload) === undefined) {
        throw new RangeError(`Cannot mint a visitor token as its claims are not whole: ${payload}`)
      }
      const authenticated = secretPrefix('visitor') + Buffer.from(payload).toString('base64url')
      const token = `${authenticated}.${Buffer.from(keyring.mac(macContext, authenticated)).toString('base64url')}`
      if (!isSecretOf('visitor', token)) {
        throw new RangeError(`Cannot mint a visitor token as its identifiers are too long: ${payload}`)
      }
      return token
    },

    read(token) {
      if (!isSecretOf('visitor', token)) return { state: 'not_genuine' }
      const end = token.lastIndexOf('.')
      const mac = Buffer.from(token.slice(end + 1), 'base64url')
      if (!keyring.verifyMac(macContext, token.slice(0, end), mac)) return { state: 'not_genuine' }
      const payload = Buffer.from(token.slice(secretPrefix('visitor').length, end), 'base64url').toString('utf8')
      const claims = parsePayload(payload)
      return claims === undefined ? { state: 'not_genuine' } : { state: 'genuine', claims }
    },
  }
}

function parsePayload(payload: string): VisitorTokenClaims | undefined {
  const list = parseList(payload)
  const isFormer = list?.length === 6 && list[0] === formerLayout
  if (list === undefined || !(isFormer || (list.length === 7 && list[0] === layout))) return undefined
  const [, site, client, visitor, generation, issuedAt, clientGeneration = 0] = list
  if (!isText(site) || !isText(client) || !isText(visitor)) return undefined
  if (!isCount(generation) || !isCount(clientGeneration) || !isCount(issuedAt)) {
    return undefined
  }
  return {
    site: site as SiteId,
    client: client as ClientId,
    visitor: visitor as VisitorId,
    generation,
    clientGeneration,
    issuedAt,
  }
}

function parseList(payload: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(payload)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
