import type { FastifyRequest } from 'fastify'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { tokenCharactersMax, urlCharactersMax } from './limits.ts'

/**
 * Refuses a request by its head alone, before anything of it is read for its meaning. How large the head and the body may
 * be, and how long they may take, the server itself watches.
 *
 * @throws {ApplicationRefusal} `URI_TOO_LONG`; `HEADERS_TOO_LARGE` for a token that is none of ours, as it is too long;
 *   `INVALID_ARGUMENT` without the `Host` that HTTP/1.1 demands (RFC 9112 section 3.2).
 */
export function assertWithinLimits({ raw, headers }: Pick<FastifyRequest, 'raw' | 'headers'>): void {
  if ((raw.url ?? '').length > urlCharactersMax) {
    throw new ApplicationRefusal('URI_TOO_LONG', `The address is longer than ${urlCharactersMax} characters`)
  }
  if (headers.authorization?.split(',').some((part) => part.trim().length > tokenCharactersMax)) {
    throw new ApplicationRefusal(
      'HEADERS_TOO_LARGE',
      `The Authorization header holds a token of more than ${tokenCharactersMax} characters`,
    )
  }
  if (raw.httpVersion === '1.1' && headers.host === undefined) {
    throw new ApplicationRefusal('INVALID_ARGUMENT', 'The Host header is missing')
  }
}
