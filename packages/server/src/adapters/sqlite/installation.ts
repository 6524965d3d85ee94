import type { DatabaseSync } from 'node:sqlite'
import {
  type FoundDatabase,
  generationOfNewEpoch,
  type Installation,
  misfitsOf,
  type Progress,
  type Witness,
} from '../../domain/installation.ts'
import type { Randomness } from '../../ports/randomness.ts'
import type { EpochDecided, NewEpoch } from '../../ports/storage.ts'
import { DatabaseDoesNotFit, type WitnessKeeper } from '../../ports/witness.ts'
import { installationOf, siteOf } from '../stored/records.ts'
import { blob, integer } from '../stored/row.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'

/** The row that says which installation the file belongs to, and what tells it apart from others. */
export class InstallationTable {
  readonly #find
  readonly #make
  readonly #decide
  readonly #progress
  readonly #chainAt
  readonly #site
  readonly #raiseSite

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM installation')
    this.#make = database.prepare('INSERT INTO installation (one, id, epoch, synchronous) VALUES (1, ?, ?, 0)')
    this.#decide = database.prepare(`
      UPDATE installation SET epoch = ?, copied_at = NULL, system_identifier = NULL, timeline = NULL, table_id = NULL,
        synchronous = 0`)
    // The newest audit record is never pruned: the greatest number is the last that was given.
    this.#progress = database.prepare('SELECT n, chain, (SELECT max(n) FROM audit) AS audit_n FROM log_head')
    this.#chainAt = database.prepare('SELECT chain FROM log_batch WHERE n = ?')
    this.#site = database.prepare('SELECT * FROM site LIMIT 1')
    this.#raiseSite = database.prepare('UPDATE site SET generation = ? WHERE id = ?')
  }

  /**
   * Makes sure that the file is the one that was served here last. One that no server with this rule has opened yet becomes
   * an installation by it.
   *
   * @returns What the keeper has from then on.
   * @throws {DatabaseDoesNotFit} When it is not. Nothing is changed.
   * @throws {UnreadableWitness} When the witness is none.
   */
  settle(database: DatabaseSync, keeper: WitnessKeeper, randomness: Randomness): Witness {
    if (this.fitting(keeper) !== undefined) {
      const now = this.witness()
      keeper.keepNow(now)
      return now
    }
    // The witness first: a file with this row and no witness is refused, so it must not come to be by a death in between.
    const installationId = keeper.read()?.installationId ?? randomness.guid()
    const made = { ...this.#read(), installationId, epoch: 1, timeline: null }
    keeper.keepNow(made)
    database.exec('BEGIN IMMEDIATE')
    this.#make.run(made.installationId, made.epoch)
    database.exec('COMMIT')
    return made
  }

  /**
   * The installation, if the file belongs to one yet. Nothing is changed.
   *
   * @throws {DatabaseDoesNotFit} When it is not the file that was served here last.
   * @throws {UnreadableWitness} When the witness is none.
   */
  fitting(keeper: WitnessKeeper): Installation | undefined {
    const witness = keeper.read()
    const misfits = misfitsOf(this.#found(witness), witness)
    if (misfits.length > 0) throw new DatabaseDoesNotFit(misfits, keeper.place)
    return this.current()
  }

  /** @throws {RangeError} When the file belongs to no installation yet. */
  witness(): Witness {
    const installation = this.current()
    if (installation === undefined) throw new RangeError('Cannot bear witness of a database without an installation')
    return { ...this.#read(), installationId: installation.id, epoch: installation.epoch, timeline: null }
  }

  /** Begins the next epoch, within a commit. */
  decide(
    commit: Commit,
    { ending }: { readonly ending: Ending },
    { decision, newId, above, ...asked }: EpochDecided,
  ): NewEpoch {
    if (this.current() === undefined) this.#make.run(newId, 0)
    const epoch = Math.max(this.current()?.epoch ?? 0, above) + 1
    this.#decide.run(epoch)
    const row = this.#site.get()
    if (row === undefined) return { epoch, generation: null }
    const site = siteOf(row)
    const generation = decision === 'keep' ? null : generationOfNewEpoch(site.generation, asked.at)
    if (generation !== null) {
      // The end itself raises it by the last step.
      this.#raiseSite.run(generation - 1, site.id)
      ending.end(commit, { ...asked, what: { by: 'everyone', siteId: site.id }, cause: 'restored', actor: system })
    }
    const event = decision === 'keep' ? 'epoch.kept' : 'epoch.started'
    commit.tell({ ...asked, siteId: site.id, event, actor: system })
    return { epoch, generation }
  }

  /** What the file says of itself; `undefined` where it belongs to no installation yet. */
  current(): Installation | undefined {
    const row = this.#find.get()
    return row === undefined ? undefined : installationOf(row)
  }

  #found(witness: Witness | undefined): FoundDatabase {
    const batch = witness === undefined ? undefined : this.#chainAt.get(witness.n)
    return {
      installation: this.current(),
      home: null,
      recoveryTarget: false,
      progress: this.#read(),
      chainAtWitness: batch === undefined ? undefined : blob(batch, 'chain'),
    }
  }

  #read(): Progress {
    const row = this.#progress.get() ?? {}
    const auditN = row['audit_n'] === null ? 0 : integer(row, 'audit_n')
    return { n: integer(row, 'n'), chain: blob(row, 'chain'), auditN }
  }
}

const system = { kind: 'system' } as const
