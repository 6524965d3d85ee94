import { type AdministratorRole, roleIncludes } from '../domain/administrator.ts'
import type { EpochMs } from '../domain/ids.ts'
import { hashSecret } from '../domain/secrets.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { failedEnd } from './failed-end.ts'
import { unauthenticated } from './identify-caller.ts'
import type { Service } from './service.ts'

/** An administrator, by the id of the key that was presented. */
export interface Administrator {
  readonly keyId: string
  readonly role: AdministratorRole
}

/**
 * Finds out which administrator calls, from `Authorization: Bearer <administrator key>`.
 *
 * @param needed - The least role that may do what is asked for.
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when the key is missing or not known; `PERMISSION_DENIED` when its role may
 *   not do that.
 */
export async function identifyAdministrator(
  service: Service,
  authorization: string | undefined,
  needed: AdministratorRole,
): Promise<Administrator> {
  const key = /^bearer\s+(\S+)$/i.exec(authorization?.trim() ?? '')?.[1]
  if (key === undefined) throw unauthenticated('of an administrator is needed')
  const found = await service.storage.findAdministratorKey(hashSecret(key))
  if (found === undefined) throw unauthenticated('is not known')
  if (!roleIncludes(found.role, needed)) {
    throw new ApplicationRefusal(
      'PERMISSION_DENIED',
      `This administrator key has the role ${found.role}: ${needed} is needed`,
    )
  }
  return { keyId: found.id, role: found.role }
}

/**
 * Has a backup written where the operator wants them.
 *
 * That it was ordered is on record before it is begun: whoever reads the record of a copy that got about finds out who had it
 * made, and the copy itself, which holds that record, is not behind a witness that was told of it.
 *
 * @returns The path of the file, and the moment that it is named after.
 * @throws {StorageUnavailable} When the order cannot be recorded. Nothing is written then.
 */
export async function orderBackup(
  service: Service,
  administrator: Administrator,
  requestId: string,
): Promise<{ readonly path: string; readonly at: EpochMs }> {
  const at = service.clock.now()
  const { siteId } = service
  const actor = { kind: 'administrator', id: administrator.keyId } as const
  await service.storage.recordAct({ siteId, event: 'backup.ordered', actor, at, requestId })
  return { path: await service.backUp(at), at }
}

/**
 * Ends every session and visitor of the site at once, in constant time.
 *
 * @throws {StorageUnavailable} When the end is not durable.
 */
export async function endEveryone(service: Service, administrator: Administrator, requestId: string): Promise<void> {
  const answers = await service.storage.endSessions([
    {
      what: { by: 'everyone', siteId: service.siteId },
      cause: 'admin',
      actor: { kind: 'administrator', id: administrator.keyId },
      at: service.clock.now(),
      requestId,
    },
  ])
  const failure = failedEnd(answers)
  if (failure !== undefined) throw failure
}
