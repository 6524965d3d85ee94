/**
 * What is the same in every emulator, so that it can stand in the settings of a site's tests. Nothing here is a secret, which is
 * one reason why an emulator listens on a loopback address only.
 */
import type { ClientId } from '../domain/ids.ts'
import type { SiteSettings } from '../domain/site.ts'

/** The id of the one client. */
export const emulatorClientId = 'ad10ad10-0000-4000-8000-000000000001' as ClientId

/** The one administrator key. */
export const emulatorAdministratorKey = 'adj_admin_of_the_emulator_that_everybody_knows'

/** Anybody may register, nobody has to be approved, and a test may use a short password and fail as often as it likes. */
export const openPolicies: Pick<
  SiteSettings,
  'registration' | 'requireOwnerApproval' | 'passwordMinimumLength' | 'limits'
> = {
  registration: 'open',
  requireOwnerApproval: false,
  passwordMinimumLength: 4,
  limits: 'lifted',
}
