import type { EpochMs } from '../../domain/ids.ts'
import type { EpochDecision, Witness } from '../../domain/installation.ts'
import type { Asked } from './asked.ts'

export interface Installations {
  /**
   * Takes the database for the one of this installation from now on, whatever did not fit: the mark of a copy goes, and the
   * next epoch begins. `new` ends everyone and everything from before in the same commit, with the cause `restored`; `keep`
   * ends nothing. Both are audited where there is a site.
   */
  decideEpoch(decision: EpochDecided): Promise<NewEpoch>
  /** What a witness should say now. */
  witness(): Promise<Witness>
  /**
   * Writes a copy of everything, as of one moment, into a new SQLite file, whatever this database is. The copy is marked as
   * one. The file is on the disk and private when this resolves; until then it must not be taken for one.
   *
   * @param at - When it is made, for the mark.
   */
  copyTo(path: string, at: EpochMs): Promise<void>
}

export interface EpochDecided extends Asked {
  readonly decision: EpochDecision
  /** The id of the installation, should the database have none. */
  readonly newId: string
  /** An epoch that is known to have been, from a witness: the next one is above it. 0 when none is known. */
  readonly above: number
}

export interface NewEpoch {
  readonly epoch: number
  /** The generation of the site from then on; `null` where there is no site, or where nothing was ended. */
  readonly generation: number | null
}
