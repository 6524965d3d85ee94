import { type ChangeOfSettings, changedSettings } from '../domain/settings-change.ts'
import type { Site } from '../domain/site.ts'
import { siteRevision } from '../domain/site-revision.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'

/** How often a change begins anew since somebody else changed the site in between. */
const attemptsMost = 5

export interface ChangeOfSite {
  readonly name?: string
  readonly settings: ChangeOfSettings
  /** As the administrator saw it; left out, the change is made whatever the rest is by now. */
  readonly revision?: string | undefined
  readonly requestId: string
}

/**
 * Changes the name or some settings of the site, and leaves the rest as it is: also what another administrator changes at the
 * same time. What would change nothing is a success and not recorded.
 *
 * It counts for what is asked from then on, on every node: settings are read for each request. Living sessions keep the
 * limits that they were given at their start.
 *
 * @returns The site after the change.
 * @throws {ApplicationRefusal} `SITE_CHANGED` when the site is no longer at the revision that was named, or is changed by
 *   others again and again.
 * @throws {StorageUnavailable} When the change is not durable.
 */
export async function changeSite(
  service: Service,
  administrator: Administrator,
  { name, settings: change, revision, requestId }: ChangeOfSite,
): Promise<Site> {
  for (let attempt = 1; attempt <= attemptsMost; attempt += 1) {
    const site = await findSite(service)
    if (revision !== undefined && siteRevision(site) !== revision) break
    const changed: Site = { ...site, name: name ?? site.name, settings: changedSettings(site.settings, change) }
    if (siteRevision(changed) === siteRevision(site)) return site
    const { outcome } = await service.storage.replaceSettings({
      siteId: site.id,
      from: site.settings,
      to: changed.settings,
      name: { from: site.name, to: changed.name },
      actor: { kind: 'administrator', id: administrator.keyId },
      at: service.clock.now(),
      requestId,
    })
    if (outcome === 'replaced') return changed
  }
  throw new ApplicationRefusal('SITE_CHANGED', 'The site was changed by somebody else in the meantime: read it again')
}
