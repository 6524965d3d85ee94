/**
 * Turns passwords into what may be stored, and tells whether a password is the right one.
 *
 * Every method brings the password into NFC itself, so that hashing and verifying cannot differ in it. None trims,
 * shortens or folds case. None judges whether a password is a good one: that is the rule in `domain/password`.
 *
 * Computations are bounded: each costs memory and processor time by design, and callers who have not signed in yet ask
 * for them. Beyond the bound, `hash`, `verify` and `verifyDummy` reject with {@link HashingOverloaded} at once and
 * compute nothing. Whatever needs no password, logout above all, never waits here.
 */
export interface PasswordHasher {
  /**
   * Hashes a new password with a fresh random salt. The result names its algorithm, its parameters and its salt.
   *
   * Rejects with `TypeError` when the password is not well-formed Unicode: the rule for new passwords comes first.
   */
  hash(password: string): Promise<string>

  /**
   * Whether this is the password that was hashed. Compares in constant time.
   *
   * A text that could never have been hashed is simply wrong, at the usual cost. A stored hash that cannot be read is
   * a broken record: rejects with an `Error` (with the `cause`, if there is one) and never answers "wrong password".
   *
   * @param encoded - What {@link hash} resolved to, now or years ago, or a hash of other software in which
   *   {@link problemOfForeign} found nothing wrong.
   */
  verify(password: string, encoded: string): Promise<boolean>

  /**
   * Costs what a verification costs, and is always `false`.
   *
   * For an address that nobody has registered, or a member without a password: without it, the time that an answer
   * takes would tell who has an account (P-07).
   */
  verifyDummy(password: string): Promise<false>

  /**
   * Whether a stored hash was made in another way than {@link hash} would make it now, so that it should be replaced
   * while the right password is at hand, after a successful login. Computes no hash.
   *
   * Throws as {@link verify} rejects when the stored hash cannot be read.
   */
  needsRehash(encoded: string): boolean

  /**
   * Why a hash that other software made cannot be stored here, to be read after the word "as": it is of no kind that
   * {@link verify} knows, is malformed, or a login with it would cost too much. `undefined` where nothing is wrong with it.
   * Holds nothing of the hash. Computes no hash.
   */
  problemOfForeign(encoded: string): string | undefined
}

/** As many hashes as allowed are being computed and as many as allowed are waiting. Nothing was computed; 503. */
export class HashingOverloaded extends Error {
  override readonly name = 'HashingOverloaded'
  /** Whole seconds after which trying again makes sense; for `Retry-After`. */
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super(`Cannot check a password now as too many are being checked, try again in ${retryAfterSeconds} s`)
    this.retryAfterSeconds = retryAfterSeconds
  }
}
