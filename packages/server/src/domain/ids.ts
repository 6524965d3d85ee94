/**
 * Identifiers, branded so that one cannot stand in for another, and the units of time.
 *
 * Brands exist for the compiler only. A value gets its brand where it is made or parsed, nowhere else.
 */
declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** The tenant. A GUID. */
export type SiteId = Branded<string, 'SiteId'>
/** An OAuth app; on the wire `clientId`. A GUID. */
export type ClientId = Branded<string, 'ClientId'>
/** A person who can log in; on the wire `sub`. A GUID. */
export type MemberId = Branded<string, 'MemberId'>
/** Somebody anonymous who holds tokens and has no row. A GUID. */
export type VisitorId = Branded<string, 'VisitorId'>
/** A proof of an address that was asked for. A GUID; it opens nothing by itself. */
export type ChallengeId = Branded<string, 'ChallengeId'>
/** Internal number of a session, given by the database, never reused. Administrators see it; it opens nothing. */
export type SessionId = Branded<number, 'SessionId'>
/** Internal number of a grant, given by the database, never reused and never published. */
export type GrantId = Branded<number, 'GrantId'>
/** Internal number of a mail, given by the database, never reused. Administrators see it; it opens nothing. */
export type MailId = Branded<number, 'MailId'>
/** Internal number of a notice, given by the database, never reused. Administrators see it; it opens nothing. */
export type NoticeId = Branded<number, 'NoticeId'>
/** What tokens carry to name a grant: 128 random bits in base64url, unrelated to any secret or key. */
export type Sid = Branded<string, 'Sid'>
/** SHA-256 of a secret: the only form in which a secret is stored. 32 bytes. */
export type SecretHash = Branded<Uint8Array, 'SecretHash'>
/** Milliseconds since the Unix epoch. The wire keeps its own units. */
export type EpochMs = number

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text is a GUID: 8-4-4-4-12 hexadecimal digits, any case, any version. */
export function isGuid(text: string): boolean {
  return guid.test(text)
}
