import type { SiteSettings } from '../domain/site.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'
import { actorOf, type TrustedCaller } from './trusted-caller.ts'

/** What new members have to wait for. */
export type SignOnPolicy = Pick<SiteSettings, 'requireOwnerApproval' | 'requireEmailVerification'>

/** How often a change begins anew since somebody else changed the site in between. */
const attemptsMost = 5

export async function findSignOnPolicy(service: Service): Promise<SignOnPolicy> {
  const { settings } = await findSite(service)
  return policyOf(settings)
}

/**
 * Changes what is given of the policy and leaves the rest as it is, also what others change of the site at the same time. It
 * counts for who registers from then on; nobody who was let in is put out by it.
 *
 * @returns The policy after the change.
 * @throws {ApplicationRefusal} `SITE_CHANGED` when the site is changed by others again and again.
 * @throws {StorageUnavailable} When the change is not durable.
 */
export async function changeSignOnPolicy(
  service: Service,
  caller: TrustedCaller,
  { change, requestId }: { readonly change: Partial<SignOnPolicy>; readonly requestId: string },
): Promise<SignOnPolicy> {
  for (let attempt = 1; attempt <= attemptsMost; attempt += 1) {
    const site = await findSite(service)
    const to = { ...site.settings, ...change }
    const present = policyOf(site.settings)
    const next = policyOf(to)
    if (
      present.requireOwnerApproval === next.requireOwnerApproval &&
      present.requireEmailVerification === next.requireEmailVerification
    ) {
      return present
    }
    const { outcome } = await service.storage.replaceSettings({
      siteId: site.id,
      from: site.settings,
      to,
      actor: actorOf(caller),
      at: service.clock.now(),
      requestId,
    })
    if (outcome === 'replaced') return next
  }
  throw new ApplicationRefusal('SITE_CHANGED', 'The site was changed by somebody else in the meantime: try again')
}

function policyOf({ requireOwnerApproval, requireEmailVerification }: SiteSettings): SignOnPolicy {
  return { requireOwnerApproval, requireEmailVerification }
}
