/**
 * Whether a database is the one that was served here last, or one from before: a backup that was put back, a copy, a
 * standby that had not received everything.
 *
 * A database from before holds sessions alive that were ended since. It looks whole in itself, so what tells them apart
 * lies outside of it: a witness of how far its logs had come. An installation goes on from one epoch to the next whenever
 * an operator decides about a database that does not fit.
 */
import type { EpochMs } from './ids.ts'

/** What a database says of the installation that it belongs to. */
export interface Installation {
  readonly id: string
  /** Counts the decisions of operators. */
  readonly epoch: number
  /** Set in a copy, by what made it, until an operator decides that the copy is the database from then on. */
  readonly copiedAt: EpochMs | null
  /** Where the database was when it was last found to fit; `null` in a file, and in a copy. */
  readonly home: Home | null
  /** Whether commits were seen to wait for a standby there. */
  readonly synchronous: boolean
}

/** The place of a database on a database server. */
export interface Home {
  /** Of the server's data, from when they were first made; a text, since it has 64 bits. */
  readonly systemIdentifier: string
  /** Grows with every promotion, and with every recovery to a point in time. */
  readonly timeline: number
  /** The server's own numbers for the database and the table that says all this: what was loaded or cloned has others. */
  readonly tableId: string
}

/** How far the two logs of a database have come. Both only grow. */
export interface Progress {
  readonly n: number
  readonly chain: Uint8Array
  /** The number of the last audit record: what changes a credential without ending anything is told there only. */
  readonly auditN: number
}

/** What a node saw of a database, kept outside of it. */
export interface Witness extends Progress {
  readonly installationId: string
  readonly epoch: number
  /** Of the database's server; `null` of a file. */
  readonly timeline: number | null
}

/** A database as it is found. */
export interface FoundDatabase {
  /** `undefined` in a database that no version with this rule has served yet. */
  readonly installation: Installation | undefined
  /** Where it is now; `null` in a file. */
  readonly home: Home | null
  /** Whether the server was told to recover to a point in time. */
  readonly recoveryTarget: boolean
  readonly progress: Progress
  /** The chain at the witness's number, where a batch of the log ended there. */
  readonly chainAtWitness: Uint8Array | undefined
}

/** One way in which a database does not fit. `says` goes on from "The database is not the one served here last: it …". */
export interface Misfit {
  readonly kind:
    | 'copy'
    | 'witness_missing'
    | 'other_installation'
    | 'earlier_epoch'
    | 'log_behind'
    | 'other_chain'
    | 'audit_behind'
    | 'other_server'
    | 'other_table'
    | 'earlier_timeline'
    | 'promoted_unverified'
    | 'recovered'
  readonly says: string
}

/**
 * In which ways a database does not fit; none when it may be served.
 *
 * A missing witness is refused where the database is a file: it was put there by somebody, and nothing tells an old copy
 * from the file of yesterday. Of a database server any number of nodes come and go, each without a witness at first; there
 * the database's own place has to do.
 */
export function misfitsOf(found: FoundDatabase, witness: Witness | undefined): readonly Misfit[] {
  return [...misfitsWithin(found), ...misfitsOfWitness(found, witness)]
}

/** Whether a standby was promoted, of which it is known that it had received every commit. */
export function isVerifiedPromotion({ installation, home, recoveryTarget }: FoundDatabase): boolean {
  const before = installation?.home
  if (installation === undefined || before == null || home === null) return false
  return home.timeline > before.timeline && installation.synchronous && !recoveryTarget
}

function misfitsWithin(found: FoundDatabase): readonly Misfit[] {
  const { installation, home, recoveryTarget } = found
  if (installation === undefined) return []
  if (installation.copiedAt !== null) {
    return [{ kind: 'copy', says: `is a copy that was made at ${new Date(installation.copiedAt).toISOString()}` }]
  }
  const before = installation.home
  if (before === null || home === null) return []
  const misfits: Misfit[] = []
  if (home.systemIdentifier !== before.systemIdentifier) {
    const says = `lies on the server with the system identifier ${home.systemIdentifier} and was at home on ${before.systemIdentifier}`
    return [{ kind: 'other_server', says }]
  }
  if (home.tableId !== before.tableId) {
    misfits.push({ kind: 'other_table', says: 'was loaded from a dump, or cloned on its server' })
  }
  const timelines = `is on timeline ${home.timeline} of its server and was on ${before.timeline}`
  if (home.timeline < before.timeline) misfits.push({ kind: 'earlier_timeline', says: timelines })
  if (home.timeline > before.timeline && recoveryTarget) {
    misfits.push({ kind: 'recovered', says: `${timelines}: the server was told to recover to a point in time` })
  } else if (home.timeline > before.timeline && !isVerifiedPromotion(found)) {
    const says = `${timelines}: a standby was promoted, and commits were not seen to wait for one`
    misfits.push({ kind: 'promoted_unverified', says })
  }
  return misfits
}

function misfitsOfWitness(found: FoundDatabase, witness: Witness | undefined): readonly Misfit[] {
  const { installation, home, progress } = found
  if (witness === undefined) {
    if (installation === undefined || installation.copiedAt !== null || home !== null) return []
    return [{ kind: 'witness_missing', says: 'has been served before, and its witness is missing' }]
  }
  if (installation !== undefined && installation.id !== witness.installationId) {
    const says = `belongs to the installation ${installation.id} and the witness to ${witness.installationId}`
    return [{ kind: 'other_installation', says }]
  }
  if (installation !== undefined && installation.epoch < witness.epoch) {
    const says = `is in epoch ${installation.epoch} and the witness in ${witness.epoch}`
    return [{ kind: 'earlier_epoch', says }]
  }
  // An operator has decided about this database since this node last saw it, perhaps from another machine.
  if (installation !== undefined && installation.epoch > witness.epoch) return []
  const misfits: Misfit[] = []
  if (home !== null && witness.timeline !== null && home.timeline < witness.timeline) {
    const says = `is on timeline ${home.timeline} of its server and the witness saw ${witness.timeline}`
    misfits.push({ kind: 'earlier_timeline', says })
  }
  if (progress.n < witness.n) {
    const says = `has a revocation log up to ${progress.n} and the witness saw ${witness.n}`
    return [...misfits, { kind: 'log_behind', says }]
  }
  const chain = progress.n === witness.n ? progress.chain : found.chainAtWitness
  if (witness.n > 0 && (chain === undefined || Buffer.compare(chain, witness.chain) !== 0)) {
    const says = `has another revocation log than the witness saw, at ${witness.n} or before`
    return [...misfits, { kind: 'other_chain', says }]
  }
  if (progress.auditN < witness.auditN) {
    const says = `has an audit log up to ${progress.auditN} and the witness saw ${witness.auditN}`
    return [...misfits, { kind: 'audit_behind', says }]
  }
  return misfits
}

/** What an operator decides about a database. */
export type EpochDecision = 'new' | 'keep'

/**
 * The generation of a site in a new epoch: above every one that was ever handed out, also by the database that was lost
 * and may have raised it more often. It is therefore no less than the seconds of the clock; nobody raises it once a second.
 */
export function generationOfNewEpoch(generation: number, at: EpochMs): number {
  return Math.max(generation + 1, Math.floor(at / 1000))
}
