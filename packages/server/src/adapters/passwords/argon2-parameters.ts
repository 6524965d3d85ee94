/** The cost of one Argon2 computation, in the words of RFC 9106, section 3.1. */
export interface Argon2Parameters {
  /** Memory size `m`, in KiB. */
  readonly memoryKib: number
  /** Number of passes `t`. */
  readonly passes: number
  /** Degree of parallelism `p`. */
  readonly parallelism: number
}

/** The least that OWASP's Password Storage Cheat Sheet accepts, and our default (P-05). */
export const defaultArgon2Parameters: Argon2Parameters = { memoryKib: 19_456, passes: 2, parallelism: 1 }

/** The cheat sheet's settings, each as strong as the other: more memory buys fewer passes (P-05). */
const floors = [
  { memoryKib: 19_456, passes: 2 },
  { memoryKib: 47_104, passes: 1 },
]

/**
 * The most that is computed. A stored hash names its own cost: a damaged or planted one could ask for terabytes and
 * take every other login down with it. The figures leave room for four times what anyone recommends for a login form.
 */
const ceiling = { memoryKib: 262_144, passes: 16, parallelism: 16 }

/** Whether a cost is small enough to be computed on behalf of a stored hash. */
export function isComputable({ memoryKib, passes, parallelism }: Argon2Parameters): boolean {
  return memoryKib <= ceiling.memoryKib && passes <= ceiling.passes && parallelism <= ceiling.parallelism
}

/** What is filled in a second or so: four times 256 MiB, or 16 times 64. */
const filledKibMax = 1_048_576

/**
 * Whether a hash of this cost may come in from elsewhere. Less than what is computable: whoever hashed with the ceiling of
 * everything would have made each login a minute's work.
 */
export function isAffordable(parameters: Argon2Parameters): boolean {
  return isComputable(parameters) && parameters.memoryKib * parameters.passes <= filledKibMax
}

/**
 * Refuses parameters that new hashes must not be made with.
 *
 * @throws {RangeError} When a value is not a whole number from 1, when the cost is below every OWASP minimum
 *   (m = 19456 KiB with t = 2, or m = 47104 KiB with t = 1), or when it is above what would be computed again.
 */
export function assertStrongEnough(parameters: Argon2Parameters): void {
  const { memoryKib, passes, parallelism } = parameters
  const seen = `m = ${memoryKib} KiB, t = ${passes}, p = ${parallelism}`
  if (![memoryKib, passes, parallelism].every((value) => Number.isSafeInteger(value) && value >= 1)) {
    throw new RangeError(`Cannot hash passwords as an Argon2 parameter is not a whole number from 1: ${seen}`)
  }
  if (!floors.some((floor) => memoryKib >= floor.memoryKib && passes >= floor.passes)) {
    const least = floors.map((floor) => `m = ${floor.memoryKib} KiB with t = ${floor.passes}`).join(', or ')
    throw new RangeError(`Cannot hash passwords as the Argon2 parameters are too weak: ${seen}, at least ${least}`)
  }
  if (!isComputable(parameters)) {
    const most = `m = ${ceiling.memoryKib} KiB, t = ${ceiling.passes}, p = ${ceiling.parallelism}`
    throw new RangeError(`Cannot hash passwords as the Argon2 parameters are too high: ${seen}, at most ${most}`)
  }
}
