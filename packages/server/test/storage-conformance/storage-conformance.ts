import { describe } from 'vitest'
import { administratorConformance } from './administrators.ts'
import { apiKeyConformance } from './api-keys.ts'
import { approvalConformance } from './approvals.ts'
import { auditConformance } from './audit.ts'
import { auditSearchConformance } from './audit-search.ts'
import { blockingConformance } from './blocking.ts'
import { capacityConformance } from './capacity.ts'
import { challengeConformance } from './challenges.ts'
import { clientConformance } from './clients.ts'
import { codeConformance } from './codes.ts'
import { dutyConformance } from './duties.ts'
import { endingConformance } from './ending.ts'
import { everyoneConformance } from './everyone.ts'
import { faultConformance } from './faults.ts'
import { followingConformance } from './following.ts'
import { grantConformance } from './grants.ts'
import { installationConformance } from './installation.ts'
import { keyConformance } from './keys.ts'
import { logConformance } from './log-and-chain.ts'
import { mailConformance } from './mails.ts'
import { memberAdministrationConformance } from './member-administration.ts'
import { memberConformance } from './members.ts'
import { noticeConformance } from './notices.ts'
import { overdueConformance } from './overdue.ts'
import { pruningConformance } from './pruning.ts'
import { redirectSessionConformance } from './redirect-sessions.ts'
import { refreshTokenConformance } from './refresh-tokens.ts'
import { reopeningConformance } from './reopening.ts'
import { sessionListConformance } from './session-list.ts'
import { sessionConformance } from './sessions.ts'
import { signOnConformance } from './sign-ons.ts'
import { siteConformance } from './site.ts'
import type { LastingTestDatabase, OpenTestDatabase, TestDatabase } from './test-database.ts'
import { throttleConformance } from './throttles.ts'
import { ticketConformance } from './tickets.ts'
import { visitorConformance } from './visitors.ts'
import { type OpenWorld, worldOpener } from './world.ts'

type Subjects = readonly (readonly [string, (open: OpenWorld) => void])[]

/** Sessions, what hangs on them, how they end, and what is on record of it. */
const ofSessions: Subjects = [
  ['members', memberConformance],
  ['blocking', blockingConformance],
  ['sessions', sessionConformance],
  ['the list of sessions', sessionListConformance],
  ['ending', endingConformance],
  ['everyone at once', everyoneConformance],
  ['codes', codeConformance],
  ['grants', grantConformance],
  ['refresh tokens', refreshTokenConformance],
  ['redirect sessions', redirectSessionConformance],
  ['tickets', ticketConformance],
  ['visitors', visitorConformance],
  ['log and chain', logConformance],
  ['following', followingConformance],
  ['audit', auditConformance],
  ['overdue', overdueConformance],
  ['pruning', pruningConformance],
  ['keys', keyConformance],
  ['the installation', installationConformance],
  ['faults', faultConformance],
]

/** What is administered, proven, owed and limited. */
const ofAdministration: Subjects = [
  ['site', siteConformance],
  ['administrators', administratorConformance],
  ['API keys', apiKeyConformance],
  ['clients', clientConformance],
  ['challenges', challengeConformance],
  ['approvals', approvalConformance],
  ['the administration of members', memberAdministrationConformance],
  ['mails', mailConformance],
  ['capacity', capacityConformance],
  ['signing on', signOnConformance],
  ['throttles', throttleConformance],
  ['duties', dutyConformance],
  ['searching the audit', auditSearchConformance],
  ['notices', noticeConformance],
]

/** Two parts, so that a database on which the whole takes long may be tested by two processes. */
export type Part = 'of sessions' | 'of administration'

const parts: Readonly<Record<Part, Subjects>> = { 'of sessions': ofSessions, 'of administration': ofAdministration }

/**
 * What every implementation of the storage port must do, as tests against its real database.
 *
 * @param open - Gives a database without a site. It is disposed of at the end of each test.
 */
export function storageConformance(part: Part, name: string, open: OpenTestDatabase<TestDatabase>): void {
  describe(name, () => {
    for (const [subject, tests] of parts[part]) describe(subject, () => tests(worldOpener(open)))
  })
}

/** What one must do besides whose content outlives its process. */
export function lastingStorageConformance(name: string, open: OpenTestDatabase<LastingTestDatabase>): void {
  describe(`${name}, reopened`, () => reopeningConformance(worldOpener(open)))
}
