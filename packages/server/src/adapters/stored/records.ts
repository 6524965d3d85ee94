/** Turns rows into the domain's records. */
import type { AdministratorKey, AdministratorRole } from '../../domain/administrator.ts'
import type { ApiKey } from '../../domain/api-key.ts'
import type { AuditEvent } from '../../domain/audit-events.ts'
import { type Cause, causeOf } from '../../domain/cause.ts'
import type { Challenge, ChallengeKind } from '../../domain/challenge.ts'
import { type ApplicationType, type Client, plainClientFields, type Technology } from '../../domain/client.ts'
import type { Grant } from '../../domain/grant.ts'
import type {
  ChallengeId,
  ClientId,
  GrantId,
  MailId,
  MemberId,
  NoticeId,
  SecretHash,
  SessionId,
  Sid,
  SiteId,
  VisitorId,
} from '../../domain/ids.ts'
import type { Home, Installation } from '../../domain/installation.ts'
import { mailKinds } from '../../domain/mail.ts'
import type { Member, MemberStatus, MemberStatusReason } from '../../domain/member.ts'
import { isPermission } from '../../domain/permission.ts'
import type { Actor, LogEntry } from '../../domain/revocation-log.ts'
import type { Session } from '../../domain/session.ts'
import { defaultSiteSettings, type Site, type SiteSettings } from '../../domain/site.ts'
import type { Throttle } from '../../domain/throttle.ts'
import type { StoredKey } from '../../ports/keys.ts'
import {
  type AuditRecord,
  type KeptMail,
  type LeasedMail,
  mailStates,
  type Notice,
  noticeKinds,
  noticeStates,
} from '../../ports/storage.ts'
import { blob, flag, integer, integerOrNull, object, type Row, text, textOrNull, texts } from './row.ts'

/** Of a row of `site`. */
export function siteOf(row: Row): Site {
  return {
    id: text(row, 'id') as SiteId,
    name: text(row, 'name'),
    generation: integer(row, 'generation'),
    // A setting that came with a later version has its default until somebody changes it.
    settings: { ...defaultSiteSettings, ...(object(row, 'settings') as Partial<SiteSettings>) },
    createdAt: integer(row, 'created_at'),
  }
}

/** Of a row of `administrator_key`. */
export function administratorKeyOf(row: Row): AdministratorKey {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    role: text(row, 'role') as AdministratorRole,
    createdAt: integer(row, 'created_at'),
  }
}

/** Of a row of `api_key`. */
export function apiKeyOf(row: Row): ApiKey {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    // A later version may have given permissions that this one has no use for.
    permissions: texts(row, 'permissions').filter(isPermission),
    createdAt: integer(row, 'created_at'),
  }
}

/** Of a row that holds the columns of `throttle` but its key. */
export function throttleOf(row: Row): Throttle {
  return {
    attempts: integer(row, 'attempts'),
    since: integer(row, 'since'),
    blockedUntil: integer(row, 'blocked_until'),
    expiresAt: integer(row, 'expires_at'),
  }
}

/** Of a row of `client`. */
export function clientOf(row: Row): Client {
  return {
    id: text(row, 'id') as ClientId,
    siteId: text(row, 'site_id') as SiteId,
    name: text(row, 'name'),
    description: text(row, 'description'),
    allowedRedirectUris: texts(row, 'allowed_redirect_uris'),
    allowedRedirectDomains: texts(row, 'allowed_redirect_domains'),
    loginUrl: textOrNull(row, 'login_url'),
    logoutUrl: textOrNull(row, 'logout_url'),
    backchannelLogoutUri: textOrNull(row, 'backchannel_logout_uri'),
    refreshTokenPolicy: text(row, 'refresh_token_policy') === 'rotating' ? 'rotating' : 'reusable',
    applicationType: textOrNull(row, 'application_type') as ApplicationType | null,
    technology: textOrNull(row, 'technology') as Technology | null,
    ...pagesOf(row),
    secretHash: row['secret_hash'] === null ? null : (blob(row, 'secret_hash') as SecretHash),
    disabledAt: integerOrNull(row, 'disabled_at'),
    generation: integer(row, 'generation'),
    createdAt: integer(row, 'created_at'),
  }
}

/** Kept as one text, because nothing looks into it. */
function pagesOf(row: Row): Pick<Client, 'pagesMappings' | 'pagesRedirectUrl' | 'pagesOrigin'> {
  const { mappings, redirectUrl, origin } = object(row, 'pages')
  return {
    pagesMappings: (mappings as Client['pagesMappings'] | undefined) ?? plainClientFields.pagesMappings,
    pagesRedirectUrl: typeof redirectUrl === 'string' ? redirectUrl : null,
    pagesOrigin: typeof origin === 'string' ? origin : null,
  }
}

/** Of a row of `member`. */
export function memberOf(row: Row): Member {
  return {
    ...standingOf(row),
    id: text(row, 'id') as MemberId,
    email: text(row, 'email'),
    emailKey: text(row, 'email_key'),
    emailVerified: flag(row, 'email_verified'),
    passwordHash: textOrNull(row, 'password_hash'),
    profile: object(row, 'profile'),
    generation: integer(row, 'generation'),
    revision: integer(row, 'revision'),
    createdAt: integer(row, 'created_at'),
    updatedAt: integer(row, 'updated_at'),
  }
}

/** What of a member decides whether they may act, of a row that holds at least those columns of `member`. */
export function standingOf(row: Row): Pick<Member, 'siteId' | 'status' | 'statusReasons'> {
  return {
    siteId: text(row, 'site_id') as SiteId,
    status: text(row, 'status') as MemberStatus,
    statusReasons: texts(row, 'status_reasons') as readonly MemberStatusReason[],
  }
}

/** Of a row of `challenge`. */
export function challengeOf(row: Row): Challenge {
  const settledAt = integerOrNull(row, 'settled_at')
  return {
    id: text(row, 'id') as ChallengeId,
    siteId: text(row, 'site_id') as SiteId,
    kind: text(row, 'kind') as ChallengeKind,
    memberId: text(row, 'member_id') as MemberId,
    emailKey: text(row, 'email_key'),
    clientId: textOrNull(row, 'client_id') as ClientId | null,
    redirectUri: textOrNull(row, 'redirect_uri'),
    tries: integer(row, 'tries'),
    codesSent: integer(row, 'codes_sent'),
    createdAt: integer(row, 'created_at'),
    expiresAt: integer(row, 'expires_at'),
    codeExpiresAt: integerOrNull(row, 'code_expires_at'),
    settled: settledAt === null ? null : { as: text(row, 'settled_as') === 'used' ? 'used' : 'void', at: settledAt },
  }
}

/** Of a row that holds the columns of `session` under their own names. */
export function sessionOf(row: Row): Session {
  return {
    id: integer(row, 'id') as SessionId,
    siteId: text(row, 'site_id') as SiteId,
    memberId: text(row, 'member_id') as MemberId,
    clientId: textOrNull(row, 'client_id') as ClientId | null,
    createdAt: integer(row, 'created_at'),
    usedAt: integer(row, 'used_at'),
    expiresAt: integer(row, 'expires_at'),
    idleMs: integer(row, 'idle_ms'),
    claimBy: integerOrNull(row, 'claim_by'),
    persistent: flag(row, 'persistent'),
    siteGeneration: integer(row, 'site_generation'),
    memberGeneration: integer(row, 'member_generation'),
  }
}

/** Of a row that holds the columns of `client_grant` with the prefix `grant_`. */
export function grantOf(row: Row): Grant {
  return {
    id: integer(row, 'grant_id') as GrantId,
    sid: text(row, 'grant_sid') as Sid,
    sessionId: integer(row, 'grant_session_id') as SessionId,
    clientId: text(row, 'grant_client_id') as ClientId,
    scope: text(row, 'grant_scope'),
    clientGeneration: integer(row, 'grant_client_generation'),
    createdAt: integer(row, 'grant_created_at'),
  }
}

/** Of a row of `stored_key`. */
export function storedKeyOf(row: Row): StoredKey {
  return {
    kid: text(row, 'kid'),
    purpose: text(row, 'purpose') as StoredKey['purpose'],
    alg: text(row, 'alg') as StoredKey['alg'],
    publicJwk: textOrNull(row, 'public_jwk'),
    privateMaterial: new Uint8Array(blob(row, 'private_material')),
    wrappedBy: textOrNull(row, 'wrapped_by'),
    createdAt: integer(row, 'created_at'),
    activeFrom: integer(row, 'active_from'),
    retiredAt: integerOrNull(row, 'retired_at'),
  }
}

/** Of a row of `revocation_log`. */
export function logEntryOf(row: Row): LogEntry {
  const sids = text(row, 'sids')
  return {
    n: integer(row, 'n'),
    kind: text(row, 'kind') as LogEntry['kind'],
    siteId: text(row, 'site_id') as SiteId,
    sessionId: integerOrNull(row, 'session_id') as SessionId | null,
    grantId: integerOrNull(row, 'grant_id') as GrantId | null,
    memberId: textOrNull(row, 'member_id') as MemberId | null,
    visitorId: textOrNull(row, 'visitor_id') as VisitorId | null,
    sids: sids === '' ? [] : (sids.split(' ') as Sid[]),
    generation: integerOrNull(row, 'generation'),
    cause: causeOf(integer(row, 'cause')),
    actor: actorOf(row),
    at: integer(row, 'at'),
    until: integer(row, 'until'),
    requestId: text(row, 'request_id'),
    salt: blob(row, 'salt'),
    commitment: blob(row, 'commitment'),
  }
}

/** Of a row of `audit`. */
export function auditRecordOf(row: Row): AuditRecord {
  return {
    n: integer(row, 'n'),
    at: integer(row, 'at'),
    siteId: text(row, 'site_id') as SiteId,
    event: text(row, 'event') as AuditEvent,
    cause: endOf(integerOrNull(row, 'cause') ?? 0),
    actor: actorOf(row),
    memberId: textOrNull(row, 'member_id') as MemberId | null,
    sessionId: integerOrNull(row, 'session_id') as SessionId | null,
    clientId: textOrNull(row, 'client_id') as ClientId | null,
    keyId: textOrNull(row, 'key_id'),
    requestId: text(row, 'request_id'),
    grantsEnded: integer(row, 'grants_ended'),
    refreshTokensEnded: integer(row, 'refresh_tokens_ended'),
    noticesOwed: integer(row, 'notices_owed'),
  }
}

/** Of a row of `notice`. */
export function noticeOf(row: Row): Notice {
  return {
    id: integer(row, 'id') as NoticeId,
    siteId: text(row, 'site_id') as SiteId,
    logN: integer(row, 'log_n'),
    kind: oneOf(noticeKinds, row, 'kind'),
    clientId: text(row, 'client_id') as ClientId,
    memberId: textOrNull(row, 'member_id') as MemberId | null,
    state: oneOf(noticeStates, row, 'state'),
    attempts: integer(row, 'attempts'),
    nextAttemptAt: integerOrNull(row, 'next_attempt_at'),
    leasedUntil: integerOrNull(row, 'leased_until'),
    lastStatus: textOrNull(row, 'last_status'),
    createdAt: integer(row, 'created_at'),
    settledAt: integerOrNull(row, 'settled_at'),
  }
}

/** Of a row of `installation`, with `synchronous` as 0 or 1. */
export function installationOf(row: Row): Installation {
  return {
    id: text(row, 'id'),
    epoch: integer(row, 'epoch'),
    copiedAt: integerOrNull(row, 'copied_at'),
    home: row['system_identifier'] === null ? null : homeOf(row),
    synchronous: flag(row, 'synchronous'),
  }
}

/** Of a row that says where a database is. */
export function homeOf(row: Row): Home {
  return {
    systemIdentifier: text(row, 'system_identifier'),
    timeline: integer(row, 'timeline'),
    tableId: text(row, 'table_id'),
  }
}

/** The cause behind a code of the index, where 0 means that there was no end. */
export function endOf(code: number): Cause | null {
  return code === 0 ? null : causeOf(code)
}

function actorOf(row: Row): Actor {
  const kind = text(row, 'actor_kind')
  if (kind === 'system') return { kind }
  if (kind === 'member') return { kind, id: text(row, 'actor_id') as MemberId }
  if (kind === 'client') return { kind, id: text(row, 'actor_id') as ClientId }
  if (kind === 'administrator' || kind === 'api_key') return { kind, id: text(row, 'actor_id') }
  throw new RangeError(`Cannot read column actor_kind as an actor: nobody is called ${kind}`)
}

/** Of a row of `mail`. */
export function mailOf(row: Row): KeptMail {
  return {
    id: integer(row, 'id') as MailId,
    siteId: text(row, 'site_id') as SiteId,
    memberId: textOrNull(row, 'member_id') as MemberId | null,
    kind: oneOf(mailKinds, row, 'kind'),
    recipient: text(row, 'recipient'),
    language: text(row, 'language'),
    parameters: object(row, 'parameters') as Readonly<Record<string, string>>,
    state: oneOf(mailStates, row, 'state'),
    attempts: integer(row, 'attempts'),
    nextAttemptAt: integerOrNull(row, 'next_attempt_at'),
    lastFailure: textOrNull(row, 'last_failure'),
    createdAt: integer(row, 'created_at'),
    settledAt: integerOrNull(row, 'settled_at'),
  }
}

/** Of a row of `mail` that is leased. */
export function leasedMailOf(row: Row): LeasedMail {
  return { ...mailOf(row), leasedUntil: integer(row, 'leased_until') }
}

function oneOf<Word extends string>(words: readonly Word[], row: Row, column: string): Word {
  const word = text(row, column)
  const known = words.find((each) => each === word)
  if (known === undefined) throw new RangeError(`Cannot read the column ${column} as it holds none of its words`)
  return known
}
