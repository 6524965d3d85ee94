import type { Source } from '../domain/network.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { admitRequest } from './limit-requests.ts'
import type { Service } from './service.ts'
import { sendAnotherCode } from './verify-during-authentication.ts'

/**
 * Asks for another code on a page that may not tell whether a login waits for one. Where none does, or one that has had its tries or
 * its codes, nothing is sent and nothing is said. Each call counts for its source.
 *
 * @throws {ApplicationRefusal} `IDENTITY_NOT_ACTIVE` for a member who is blocked or was rejected meanwhile.
 * @throws {Throttled} When there were too many from this source.
 */
export async function askForAnotherCode(
  service: Service,
  {
    source,
    ...sending
  }: {
    readonly stateToken: string
    readonly language: string
    /** For whom these are counted; `null` for nobody. */
    readonly source: Source | null
    readonly requestId: string
  },
): Promise<void> {
  const attempts = await admitRequest(service, { source: { kind: 'verification_address', of: source } })
  if (attempts.length > 0) await service.storage.countAttempts(attempts)
  try {
    await sendAnotherCode(service, sending)
  } catch (error) {
    if (!(error instanceof ApplicationRefusal && error.code === 'VERIFICATION_FAILED')) throw error
  }
}
