import type { Permission } from '../domain/permission.ts'
import type { Actor } from '../domain/revocation-log.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { type Caller, identifyCaller, unauthenticated } from './identify-caller.ts'
import type { Service } from './service.ts'

/** A caller that acts for the site and not for a member: an app, or the holder of an API key. */
export type TrustedCaller = Extract<Caller, { readonly kind: 'app' | 'api_key' }>

/**
 * Finds out who makes a call that only the site itself may make.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when nothing is presented, or a credential that is not good;
 *   `PERMISSION_DENIED` for visitors, for members, and for an API key without the permission.
 */
export async function identifyTrustedCaller(
  service: Service,
  authorization: string | undefined,
  permission: Permission,
): Promise<TrustedCaller> {
  const caller = await identifyCaller(service, authorization)
  if (caller.kind === 'anonymous') throw unauthenticated('of an app or an API key is needed')
  if (caller.kind === 'app') return caller
  if (caller.kind === 'api_key' && caller.permissions.includes(permission)) return caller
  throw new ApplicationRefusal('PERMISSION_DENIED', `This needs the permission ${permission}`, { permission })
}

/** Whether a caller acts for the site. Many people come through its address, so that nothing is counted for it. */
export function isTrusted(caller: Caller): caller is TrustedCaller {
  return caller.kind === 'app' || caller.kind === 'api_key'
}

/** Whom the audit log names for what a trusted caller does. */
export function actorOf(caller: TrustedCaller): Actor {
  return caller.kind === 'app' ? { kind: 'client', id: caller.clientId } : { kind: 'api_key', id: caller.keyId }
}
