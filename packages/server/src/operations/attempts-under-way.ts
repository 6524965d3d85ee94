/** One attempt among those at the same account. */
export interface AttemptUnderWay {
  /** How many others have failed since it began. */
  readonly failedSince: () => number
  /** It failed. */
  readonly fail: () => void
  /** It is over, whatever came of it. */
  readonly leave: () => void
}

/**
 * The attempts that this node is looking at, by their account. It holds nothing of one that is over.
 *
 * Checking a password takes its time, and what is counted in the database was read before: of a hundred guesses that arrive
 * at once, the right one must not be accepted because the wrong ones had not been counted when it began.
 */
export class AttemptsUnderWay {
  readonly #accounts = new Map<string, { attempts: number; failed: number }>()

  begin(account: string): AttemptUnderWay {
    const entry = this.#accounts.get(account) ?? { attempts: 0, failed: 0 }
    this.#accounts.set(account, entry)
    entry.attempts += 1
    const before = entry.failed
    return {
      failedSince: () => entry.failed - before,
      fail: () => {
        entry.failed += 1
      },
      leave: () => {
        entry.attempts -= 1
        if (entry.attempts === 0) this.#accounts.delete(account)
      },
    }
  }
}
