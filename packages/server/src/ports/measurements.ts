/**
 * What the service tells of what it does, so that it can be counted and traced.
 *
 * Every method returns at once, waits for nothing and never throws: whoever tells is in the middle of answering. What is told
 * holds no id, no address and no secret, and has few different values, because each becomes a series of its own.
 */

import type { AuditEvent } from '../domain/audit-events.ts'
import type { Cause } from '../domain/cause.ts'
import type { StorageUnavailable } from './storage/unavailable.ts'

/** Who asked for a piece of work, in the form of whoever traces; nobody else looks into it. */
export type Origin = object

/** Something that an adapter did for several callers at once. */
export interface Batch {
  /** A transaction that writes; or the look-ups that share a statement, or a turn of the event loop. */
  readonly kind: 'commit' | 'check'
  /** How many asked for it. */
  readonly size: number
  /** How long it took, to this moment; `null` where those who asked look for themselves, one after the other. */
  readonly durationMs: number | null
  readonly outcome: 'done' | StorageUnavailable['outcome']
  /** Of those who asked; empty where nothing is traced. */
  readonly origins: readonly Origin[]
}

/** The origins among what was asked, without making anything of those that have none. */
export function originsOf(asked: readonly { readonly origin: Origin | undefined }[]): readonly Origin[] {
  const origins: Origin[] = []
  for (const { origin } of asked) if (origin !== undefined) origins.push(origin)
  return origins
}

/** Told by the database adapters. */
export interface StorageObserver {
  /** Who asks at this moment, to be kept with what was asked and given back with its batch; `undefined` where nothing is traced. */
  origin(): Origin | undefined
  batchDone(batch: Batch): void
  /** Audit records that are durable now. They tell every login, every act and every end, with its cause. */
  recorded(event: AuditEvent, cause: Cause | null, times: number): void
}

/** To whom something is owed. */
export const channels = ['backchannel_logout', 'logout_url', 'security_event', 'webhook', 'mail'] as const

export type Channel = (typeof channels)[number]

/** Told by the routes, the operations and whoever delivers what is owed. */
export interface Measurements extends StorageObserver {
  /** For a route, by its documented address: told of each answer, and how long it was in the making. */
  requestsOf(method: string, route: string): RequestMeter
  /** A request was refused or failed. `because` narrows the code down where that is known. */
  refused(code: string, because: string | null): void
  /** Somebody asked as a member whether they are signed in: `live`, or why not. */
  checkedSession(outcome: string): void
  checkedPassword(outcome: 'right' | 'wrong_password' | 'no_password' | 'unknown_address'): void
  /** An attempt to deliver what is owed. `afterMs` counts from the commit that owes it. */
  delivered(channel: Channel, outcome: 'delivered' | 'to_be_repeated' | 'given_up', afterMs: number): void
}

export interface RequestMeter {
  answered(status: number, durationMs: number): void
}

/** For who works on a database without a server around it. */
export const unobserved: StorageObserver = {
  origin: () => undefined,
  batchDone: () => {},
  recorded: () => {},
}
