import type { Witness } from '../../domain/installation.ts'
import type { WitnessKeeper } from '../../ports/witness.ts'

/** So that many commits cost one look and one small file. */
const atMostEveryMs = 100

/** A stop is not held up for longer by a database that cannot be reached. */
const lastLookMs = 2000

/**
 * Carries what was committed out to the witness: soon after, off the path of any request, and once more at the end.
 * However often it is woken, one look follows at a time, and each tells the latest.
 */
export class Lookout {
  readonly #look: (kept: Witness) => Promise<Witness> | Witness
  readonly #keeper: WitnessKeeper
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #kept: Witness
  #isDue = false
  #isClosed = false

  /**
   * @param look - Reads from the database what is committed; told what was seen last.
   * @param kept - What the keeper has now.
   */
  constructor(keeper: WitnessKeeper, look: (kept: Witness) => Promise<Witness> | Witness, kept: Witness) {
    this.#keeper = keeper
    this.#look = look
    this.#kept = kept
  }

  /** Something is being committed. Costs nothing while a look is due already. */
  wake(): void {
    this.#isDue = true
    if (this.#timer === undefined && !this.#isClosed) this.#arm()
  }

  /** Looks for the last time, unless the database keeps silent. To be called while it can still be read. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const impatience = Promise.withResolvers<void>()
    const timer = setTimeout(impatience.resolve, lastLookMs)
    await Promise.race([this.#looking.then(() => this.#carry()), impatience.promise])
    clearTimeout(timer)
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#isDue = false
      this.#looking = this.#carry().then(() => {
        this.#timer = undefined
        // Woken while it looked: what was committed then may not have been seen.
        if (this.#isDue && !this.#isClosed) this.#arm()
      })
    }, atMostEveryMs)
    // Does not keep a process alive that is done.
    this.#timer.unref()
  }

  async #carry(): Promise<void> {
    try {
      const seen = await this.#look(this.#kept)
      if (isSame(this.#kept, seen)) return
      await this.#keeper.keep(seen)
      this.#kept = seen
    } catch (error) {
      // An older witness is still a true one.
      this.#keeper.failed(error)
    }
  }
}

function isSame(one: Witness, other: Witness): boolean {
  return (
    one.n === other.n &&
    one.auditN === other.auditN &&
    one.epoch === other.epoch &&
    one.timeline === other.timeline &&
    one.installationId === other.installationId &&
    Buffer.compare(one.chain, other.chain) === 0
  )
}
