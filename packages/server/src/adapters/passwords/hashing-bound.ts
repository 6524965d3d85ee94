import { HashingOverloaded } from '../../ports/password-hasher.ts'

/** How much password hashing may go on at a time. */
export interface HashingLimits {
  /**
   * Computations in flight; whole, at least 1. Each holds its memory (19 MiB at the usual parameters) while it runs,
   * so this is what keeps memory within a limit.
   */
  readonly concurrency: number
  /** Callers who may wait for their turn; whole, 0 or more. Longer queues mean longer answers, not more logins. */
  readonly queue: number
}

/** Runs computations within {@link HashingLimits}, in the order in which they were asked for. */
export interface HashingBound {
  /** Rejects with {@link HashingOverloaded} at once, without calling `compute`, when the queue is full. */
  run<T>(compute: () => Promise<T>): Promise<T>
  readonly running: number
  readonly waiting: number
}

/** The shortest that `Retry-After` can say. A computation takes some ten milliseconds, and a refusal costs nothing. */
const retryAfterSeconds = 1

/**
 * Makes a bound of its own: two of them do not know of each other.
 *
 * @throws {RangeError} When a limit is not a whole number in its range.
 */
export function createHashingBound({ concurrency, queue }: HashingLimits): HashingBound {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`Cannot bound password hashing as concurrency is not a whole number from 1: ${concurrency}`)
  }
  if (!Number.isSafeInteger(queue) || queue < 0) {
    throw new RangeError(`Cannot bound password hashing as queue is not a whole number from 0: ${queue}`)
  }
  const waiting: (() => void)[] = []
  let inFlight = 0

  async function enter(): Promise<void> {
    if (inFlight < concurrency) {
      inFlight += 1
      return
    }
    if (waiting.length >= queue) throw new HashingOverloaded(retryAfterSeconds)
    await new Promise<void>((proceed) => waiting.push(proceed))
  }

  function leave(): void {
    const next = waiting.shift()
    // The place goes straight to whoever waited longest: were it freed first, a newcomer could take it as well.
    if (next === undefined) inFlight -= 1
    else next()
  }

  return {
    get running() {
      return inFlight
    },
    get waiting() {
      return waiting.length
    },
    async run(compute) {
      await enter()
      try {
        return await compute()
      } finally {
        leave()
      }
    },
  }
}
