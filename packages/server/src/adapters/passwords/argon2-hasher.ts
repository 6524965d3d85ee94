import { hash, type Options, type ParsedHashOptions, parseOptions, verify } from '@node-rs/argon2'
import { normalizePassword } from '../../domain/password.ts'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import {
  type Argon2Parameters,
  assertStrongEnough,
  defaultArgon2Parameters,
  isAffordable,
  isComputable,
} from './argon2-parameters.ts'
import { createHashingBound, type HashingBound, type HashingLimits } from './hashing-bound.ts'
import { UnreadableHash } from './unreadable-hash.ts'

/** Limits, and the cost of one computation. */
export interface Argon2HasherOptions extends HashingLimits {
  /** Cost of new hashes. Defaults to {@link defaultArgon2Parameters}. */
  readonly parameters?: Argon2Parameters
  /** Told how long each computation took, without its wait for a place. */
  readonly computed?: (durationMs: number) => void
}

/** A password hasher that can say how much it has done, and lets others compute within its bound. */
export interface Argon2Hasher extends Omit<PasswordHasher, 'problemOfForeign'> {
  /** Runs a computation of another kind within the same bound; how long it took is told like that of ours. */
  readonly within: HashingBound['run']
  /**
   * Whether a hash that was made elsewhere may be stored.
   *
   * @throws {UnreadableHash} When it cannot be read, or one login with it would cost too much.
   */
  assertAffordable(encoded: string): void
  /** Argon2 computations begun so far. */
  readonly computations: number
  /**
   * KiB filled by them: memory size times number of passes, which is what the time of a computation follows. Two
   * requests that raise both counts equally cost the same, on any machine.
   */
  readonly filledKib: number
  /** How many are being computed at this moment, and how many wait for a place. */
  readonly load: { readonly running: number; readonly waiting: number }
}

// The library declares these as ambient const enums, whose members cannot be read where files compile one by one.
const argon2id: NonNullable<Options['algorithm']> = 2
const version0x13: NonNullable<Options['version']> = 1

/** 128 bits: what RFC 9106, section 3.1, recommends, and what the library draws from the system's generator. */
const saltBytes = 16
/** 256 bits: RFC 9106, section 4, and what this service has always written. */
const digestBytes = 32

/**
 * Hashes passwords with Argon2id and keeps them as PHC strings (`$argon2id$v=19$m=…,t=…,p=…$salt$digest`).
 *
 * Reads Argon2i, Argon2d and other costs too, up to a fixed ceiling, and wants them replaced at the next login. Reads
 * no other algorithm, no digest of another length, and no hash made with a key or associated data, as it holds neither.
 *
 * Computations run in libuv's thread pool, which has 4 threads unless `UV_THREADPOOL_SIZE` says otherwise, and which
 * Web Crypto signatures, DNS look-ups and file access share. So a `concurrency` above the number of threads only moves
 * the queue to where it cannot be refused, and one equal to it lets a run of logins hold up the signing of tokens:
 * choose fewer than there are threads, and no more than there are processors.
 *
 * The memory in use stays within `concurrency` times `memoryKib`, or times that of the costliest hash in store where
 * the parameters were lowered.
 *
 * @throws {RangeError} When a limit is out of range, or the parameters are below the OWASP minimum or above the ceiling.
 * @see RFC 9106: {@link https://www.rfc-editor.org/rfc/rfc9106}
 */
export function createArgon2Hasher({
  concurrency,
  queue,
  parameters = defaultArgon2Parameters,
  computed,
}: Argon2HasherOptions): Argon2Hasher {
  assertStrongEnough(parameters)
  const { memoryKib, passes, parallelism } = parameters
  const bound = createHashingBound({ concurrency, queue })
  const dummy = dummyHash(parameters)
  let computations = 0
  let filledKib = 0

  function compute<T>(kib: number, computation: () => Promise<T>): Promise<T> {
    return timed(() => {
      computations += 1
      filledKib += kib
      return computation()
    })
  }

  function timed<T>(computation: () => Promise<T>): Promise<T> {
    return bound.run(async () => {
      const begun = performance.now()
      const result = await computation()
      computed?.(performance.now() - begun)
      return result
    })
  }

  async function isHashOf(password: string, encoded: string): Promise<boolean> {
    const { memoryCost, timeCost } = readStored(encoded)
    const isRight = await compute(memoryCost * timeCost, () => verify(encoded, normalizePassword(password)))
    // The library reads half a surrogate pair as U+FFFD, which somebody's password may really contain.
    return isRight && password.isWellFormed()
  }

  return {
    within: (computation) => timed(computation),

    assertAffordable(encoded) {
      const { memoryCost, timeCost, parallelism: lanes } = readStored(encoded)
      if (isAffordable({ memoryKib: memoryCost, passes: timeCost, parallelism: lanes })) return
      throw new UnreadableHash(`it asks for too much: m = ${memoryCost} KiB, t = ${timeCost}, p = ${lanes}`)
    },

    get computations() {
      return computations
    },
    get filledKib() {
      return filledKib
    },
    get load() {
      return { running: bound.running, waiting: bound.waiting }
    },

    async hash(password) {
      if (!password.isWellFormed()) throw new TypeError('Cannot hash a password that is not well-formed Unicode')
      const options: Options = {
        algorithm: argon2id,
        version: version0x13,
        memoryCost: memoryKib,
        timeCost: passes,
        parallelism,
        outputLen: digestBytes,
      }
      return compute(memoryKib * passes, () => hash(normalizePassword(password), options))
    },

    verify: isHashOf,

    async verifyDummy(password) {
      await isHashOf(password, dummy)
      return false
    },

    needsRehash(encoded) {
      const stored = readStored(encoded)
      // Any difference counts, not only a weaker hash: as long as costs differ between members, and from the dummy's,
      // the time of an answer says something about an account (P-07).
      return (
        stored.algorithm !== argon2id ||
        stored.version !== version0x13 ||
        stored.memoryCost !== memoryKib ||
        stored.timeCost !== passes ||
        stored.parallelism !== parallelism ||
        stored.saltLen < saltBytes
      )
    },
  }
}

/** Reads the parameters of a stored hash. No message holds the hash itself: it is worth stealing. */
function readStored(encoded: string): ParsedHashOptions {
  const stored = parsePhc(encoded)
  // The library reads past these and then finds every password wrong.
  if (/,(keyid|data)=/.test(encoded)) {
    throw new UnreadableHash('it needs a key or associated data, and none is held')
  }
  // A hash that was cut off may still be well formed. The length enters the computation, so it would never match.
  if (stored.outputLen !== digestBytes) {
    throw new UnreadableHash(`its digest has ${stored.outputLen} bytes instead of ${digestBytes}`)
  }
  const { memoryCost: memoryKib, timeCost: passes, parallelism } = stored
  if (!isComputable({ memoryKib, passes, parallelism })) {
    throw new UnreadableHash(`it asks for too much: m = ${memoryKib} KiB, t = ${passes}, p = ${parallelism}`)
  }
  return stored
}

function parsePhc(encoded: string): ParsedHashOptions {
  try {
    return parseOptions(encoded)
  } catch (cause) {
    throw new UnreadableHash('it is not an Argon2 hash in PHC format', { cause })
  }
}

/**
 * A well-formed hash of no known password, at the given cost. Made without a computation, so that neither the start
 * nor the first unknown address pays for it; it is no secret, as its verdict is thrown away.
 */
function dummyHash({ memoryKib, passes, parallelism }: Argon2Parameters): string {
  const zeros = (bytes: number) => Buffer.alloc(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${zeros(saltBytes)}$${zeros(digestBytes)}`
}
