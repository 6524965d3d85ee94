import type { Misfit, Witness } from '../domain/installation.ts'

/** Where a node keeps what it saw of the database: outside of the database, and not to be put back together with it. */
export interface WitnessKeeper {
  /** Where it is, for messages. */
  readonly place: string
  /**
   * What was kept last; `undefined` when there is nothing.
   *
   * @throws {UnreadableWitness} When there is something else.
   */
  read(): Witness | undefined
  /** Keeps it before anything else happens; whole or not at all. */
  keepNow(witness: Witness): void
  /** The same without holding up the process. Calls are made one at a time. */
  keep(witness: Witness): Promise<void>
  /** Told when a witness could not be kept: nobody waits for it. */
  failed(error: unknown): void
}

const waysOn: readonly string[] = [
  'What was ended after a backup was made is alive again in the backup. Either run',
  '  adjourn epoch new    to end every session, grant and token from before and go on from there, or',
  '  adjourn epoch keep   to go on as it is, when you know that this is the newest state and nothing is missing',
]

/** What lies where the witness is kept cannot be read as one. */
export class UnreadableWitness extends Error {
  override readonly name = 'UnreadableWitness'

  constructor(place: string) {
    super([`The witness of the database, ${place}, cannot be read`, ...waysOn].join('\n'))
  }
}

/** The database is not the one that was served here last, and sessions that were ended may be alive in it. */
export class DatabaseDoesNotFit extends Error {
  override readonly name = 'DatabaseDoesNotFit'
  readonly misfits: readonly Misfit[]

  constructor(misfits: readonly Misfit[], place: string) {
    super(
      [
        'The database is not the one that was served here last:',
        ...misfits.map(({ says }) => `- it ${says}`),
        `The witness is ${place}`,
        ...waysOn,
      ].join('\n'),
    )
    this.misfits = misfits
  }
}
