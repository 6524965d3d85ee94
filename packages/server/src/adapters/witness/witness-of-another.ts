import type { Witness } from '../../domain/installation.ts'
import type { WitnessKeeper } from '../../ports/witness.ts'

/**
 * A witness that another process of this machine keeps: held against the database like one's own, and never written. If
 * several wrote one file, one that looked earlier could put an older witness in the place of a newer one.
 */
export class WitnessOfAnother implements WitnessKeeper {
  readonly place: string
  readonly #kept: WitnessKeeper

  constructor(kept: WitnessKeeper) {
    this.place = kept.place
    this.#kept = kept
  }

  read(): Witness | undefined {
    return this.#kept.read()
  }

  keepNow(): void {}

  async keep(): Promise<void> {}

  failed(error: unknown): void {
    this.#kept.failed(error)
  }
}
