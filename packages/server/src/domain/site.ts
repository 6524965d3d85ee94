import type { EpochMs, SiteId } from './ids.ts'

/** The tenant: members, clients, sessions and settings belong to one. */
export interface Site {
  readonly id: SiteId
  readonly name: string
  /** Raising it ends every session and visitor token that carries a lower one, whatever the clocks say. */
  readonly generation: number
  readonly settings: SiteSettings
  readonly createdAt: EpochMs
}

/** What an operator may change for a site. Durations carry their unit in the name. */
export interface SiteSettings {
  readonly registration: 'open' | 'closed'
  /** A new member waits until an administrator approves. */
  readonly requireOwnerApproval: boolean
  /** A new member proves their address before they are let in. */
  readonly requireEmailVerification: boolean
  readonly passwordMinimumLength: number
  /** How soon after logging in a member may change their password; `null` for always. */
  readonly passwordChangeWithinSeconds: number | null
  readonly accessTokenSeconds: number
  readonly sessionIdleMs: number
  readonly sessionOverallMs: number
  /** How many living sessions a member may have at once; one more ends the oldest. */
  readonly sessionsPerMember: number
  /** How long a record of the audit log is kept. */
  readonly auditRetentionMs: number
  /** Answer an unknown address at login as a wrong password, at the price of callers that tell them apart. */
  readonly hideUnknownAddresses: boolean
  /** Whether attempts are limited. `lifted` is for tests of a site: anybody may then guess passwords as fast as they can. */
  readonly limits: 'kept' | 'lifted'
  readonly branding: Branding
  /** In which language members are written to who have said none: two letters (ISO 639-1). */
  readonly language: string
  /** Who is told of members that wait for approval; `null` for nobody. */
  readonly ownerEmail: string | null
  /** Origins whose scripts may call the API besides those of the clients. */
  readonly developmentOrigins: readonly string[]
}

/** How the site shows itself in mails and on pages. */
export interface Branding {
  /** Empty for the site's own name. */
  readonly displayName: string
  /** `#rrggbb`, of buttons and links. */
  readonly color: string
  /** An https address, or `null` for no picture. */
  readonly logoUrl: string | null
}

const day = 24 * 60 * 60 * 1000

/** A new site lets anybody register and log in at once. */
export const defaultSiteSettings: SiteSettings = {
  registration: 'open',
  requireOwnerApproval: false,
  requireEmailVerification: false,
  passwordMinimumLength: 8,
  passwordChangeWithinSeconds: null,
  accessTokenSeconds: 300,
  sessionIdleMs: 30 * day,
  sessionOverallMs: 180 * day,
  sessionsPerMember: 50,
  auditRetentionMs: 400 * day,
  hideUnknownAddresses: false,
  limits: 'kept',
  branding: { displayName: '', color: '#1f4e79', logoUrl: null },
  language: 'en',
  ownerEmail: null,
  developmentOrigins: [],
}

/** The longest access token that any site may choose. It bounds how long an entry of the revocation log matters. */
export const accessTokenSecondsMax = 14_400

/**
 * Settings that weaken what the defaults promise, in words for the log at start.
 *
 * Lower limits are nobody's business; higher ones are allowed and said aloud.
 */
export function settingsWarnings(settings: SiteSettings): readonly string[] {
  const warnings: string[] = []
  const days = (ms: number) => `${Math.round(ms / day)} days`
  if (settings.sessionIdleMs > defaultSiteSettings.sessionIdleMs) {
    warnings.push(
      `Sessions may be idle for ${days(settings.sessionIdleMs)}, longer than the default of ${days(defaultSiteSettings.sessionIdleMs)}`,
    )
  }
  if (settings.sessionOverallMs > defaultSiteSettings.sessionOverallMs) {
    warnings.push(
      `Sessions may last ${days(settings.sessionOverallMs)}, longer than the default of ${days(defaultSiteSettings.sessionOverallMs)}`,
    )
  }
  if (settings.accessTokenSeconds > 600) {
    warnings.push(
      `Access tokens live ${settings.accessTokenSeconds} s: a resource server that only checks signatures accepts them that long after logout`,
    )
  }
  if (settings.limits === 'lifted') {
    warnings.push('Attempts are not limited: passwords may be guessed as fast as they can be checked')
  }
  return warnings
}
