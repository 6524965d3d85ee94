import type { Source } from '../domain/network.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { admitRequest } from './limit-requests.ts'
import type { Service } from './service.ts'

/**
 * Takes a link or a code, unless too many from this source were no good, and counts one that is no good. How often one code may
 * be tried is a limit of its own.
 *
 * @param check - Looks at what was presented.
 * @throws {Throttled} When too many were no good.
 */
export async function limitProofs<Answer>(
  service: Service,
  source: Source | null,
  check: () => Promise<Answer>,
): Promise<Answer> {
  const attempts = await admitRequest(service, { source: { kind: 'verification_address', of: source } })
  try {
    return await check()
  } catch (error) {
    const isNoGood =
      error instanceof ApplicationRefusal && ['INVALID_RECOVERY_TOKEN', 'VERIFICATION_FAILED'].includes(error.code)
    if (isNoGood && attempts.length > 0) await service.storage.countAttempts(attempts)
    throw error
  }
}
