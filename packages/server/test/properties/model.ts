/**
 * What "logged out means logged out" means, without a server: who holds what, and which of it must be accepted.
 *
 * This is the specification that the service is compared with. It knows sessions, grants and what was handed out for them;
 * of times it knows the limits that the documentation promises, and nothing else.
 */
import type { Client } from '../../src/domain/client.ts'
import type { Credential } from '../support/credentials.ts'
import { day, minute, second } from '../support/manual-clock.ts'

export interface Model {
  /** Milliseconds; moves only when a command lets time pass. */
  now: number
  /** Raised when everyone is ended at once. */
  generation: number
  readonly members: Member[]
  /** Everything that was ever handed out. */
  readonly held: Held[]
}

export interface Member {
  readonly id: string
  readonly email: string
  /** Whoever is not active has no session that is alive, and gets none. Nobody leaves `deleted`. */
  standing: 'active' | 'blocked' | 'deleted'
  password: string
  readonly formerPasswords: string[]
}

export interface Session {
  readonly member: Member
  readonly generation: number
  readonly startedAt: number
  usedAt: number
  /** Until when somebody must have taken it by its ticket. */
  claimBy: number | null
  /** The cookie that is its own now. */
  cookie: string | null
  over: boolean
  /** It ended as its member left everywhere: whoever asks for that again with its token is told that it is done. */
  leftEverywhere: boolean
}

/** One client's share of a session. */
export interface Grant {
  readonly session: Session
  readonly client: Client
  over: boolean
}

interface Visitor {
  readonly generation: number
  over: boolean
}

/** A credential, and what decides whether it is good. */
export type Held = Credential &
  (
    | { readonly kind: 'session ticket'; readonly session: Session; readonly until: number; spent: boolean }
    | { readonly kind: 'code'; readonly session: Session; readonly until: number; becameOf: Grant | null }
    | { readonly kind: 'cookie'; readonly session: Session }
    | { readonly kind: 'access token'; readonly grant: Grant; readonly until: number }
    | { readonly kind: 'refresh token'; readonly grant: Grant; spentAt: number | null; successor: RefreshToken | null }
    | { readonly kind: 'logout ticket'; readonly session: Session; readonly until: number; spent: boolean }
    | { readonly kind: 'visitor access token'; readonly visitor: Visitor; readonly until: number }
    | { readonly kind: 'visitor refresh token'; readonly visitor: Visitor; readonly until: number }
  )

export type Kind = Held['kind']
export type HeldOf<Name extends Kind> = Extract<Held, { kind: Name }>
export type RefreshToken = HeldOf<'refresh token'>

/** How long things are good for. An access token is taken a minute late, for clocks that differ. */
export const lifetimes = {
  sessionTicket: 10 * minute,
  logoutTicket: 10 * minute,
  code: minute,
  accessToken: 5 * minute + minute,
  visitorRefreshToken: 365 * day,
  idle: 30 * day,
  overall: 180 * day,
  /** For how long a spent refresh token still gives its successor. */
  retry: 10 * second,
  /** A use is written down at most this often. */
  betweenUses: minute,
}

export function newModel(now: number): Model {
  return { now, generation: 0, members: [], held: [] }
}

/** The heart of it: whether the service must accept a credential at this moment. Whatever it must not, it must refuse. */
export function isGood(model: Model, held: Held): boolean {
  switch (held.kind) {
    case 'session ticket':
    case 'logout ticket':
      return !held.spent && model.now < held.until && (held.kind === 'logout ticket' || isAlive(model, held.session))
    case 'code':
      return held.becameOf === null && model.now < held.until && isAlive(model, held.session)
    case 'cookie':
      return held.session.cookie === held.text && isAlive(model, held.session)
    case 'access token':
      return model.now < held.until && isGrantAlive(model, held.grant)
    case 'refresh token':
      return held.spentAt === null && isGrantAlive(model, held.grant)
    case 'visitor access token':
    case 'visitor refresh token':
      return !held.visitor.over && held.visitor.generation === model.generation && model.now < held.until
  }
}

export function isAlive({ now, generation }: Model, session: Session): boolean {
  return (
    !session.over &&
    session.generation === generation &&
    now < session.startedAt + lifetimes.overall &&
    now < session.usedAt + lifetimes.idle &&
    (session.claimBy === null || now < session.claimBy)
  )
}

export function isGrantAlive(model: Model, grant: Grant): boolean {
  return !grant.over && isAlive(model, grant.session)
}

export function startSession(
  model: Model,
  member: Member,
  { cookie, claimBy }: Pick<Session, 'cookie' | 'claimBy'>,
): Session {
  const { now, generation } = model
  return { member, generation, startedAt: now, usedAt: now, cookie, claimBy, over: false, leftEverywhere: false }
}

/** A use keeps a live session from growing idle; it never revives one. */
export function use(model: Model, session: Session): void {
  if (isAlive(model, session) && model.now - session.usedAt >= lifetimes.betweenUses) session.usedAt = model.now
}

export function endSessionsOf(model: Model, member: Member, except?: Session): void {
  for (const session of sessionsIn(model)) {
    if (session.member !== member || session === except || session.over) continue
    session.over = true
    session.leftEverywhere = except === undefined
  }
}

/** An operator's act against a member: everything of theirs ends, and nobody left by themselves. */
export function shutOut(model: Model, member: Member, standing: 'blocked' | 'deleted'): void {
  member.standing = standing
  for (const session of sessionsIn(model)) if (session.member === member) session.over = true
}

/** What an end of everyone has ended is on record as that from the next look on. */
export function recordEnds(model: Model): void {
  for (const session of sessionsIn(model)) if (session.generation < model.generation) session.over = true
}

/** The client's share of a session: the one that is alive, or a new one. */
export function takeUpGrant(model: Model, session: Session, client: Client): Grant {
  const live = model.held.find(
    (held) =>
      held.kind === 'access token' &&
      held.grant.session === session &&
      held.grant.client.id === client.id &&
      !held.grant.over,
  )
  return live?.kind === 'access token' ? live.grant : { session, client, over: false }
}

function sessionsIn({ held }: Model): ReadonlySet<Session> {
  return new Set(held.flatMap((one) => ('grant' in one ? [one.grant.session] : 'session' in one ? [one.session] : [])))
}
