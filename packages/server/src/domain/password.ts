/**
 * The rule for a new password. It decides what may become a password, never whether a password is right.
 *
 * Owns length, well-formedness and the comparison with known-bad words. Leaves hashing to the password hasher and the
 * list of common passwords to whoever brings it.
 */

/** Fewest characters of a new password where the site sets no other minimum (P-01). */
export const passwordLengthMinDefault = 8

/** Most characters of a password. High enough for any passphrase, low enough that a body cannot be all password (P-02). */
export const passwordLengthMax = 256

/** Why a password cannot be accepted. */
export interface PasswordProblem {
  /** `FORMAT`: not text that can be hashed. `COMMON`: on the list of common passwords. `CONTEXT`: names the member or site. */
  readonly rule: 'MIN_LENGTH' | 'MAX_LENGTH' | 'FORMAT' | 'COMMON' | 'CONTEXT'
  /**
   * What the person is told, to be read after the words "The password": never holds the password or any part of it.
   */
  readonly description: string
}

/** What a password is measured against besides the list of common passwords. */
export interface PasswordContext {
  /** In Unicode code points, 1 to {@link passwordLengthMax}. */
  readonly minimumLength: number
  /** What an attacker who knows the site and the member tries first; see {@link passwordContextWords}. */
  readonly words: readonly string[]
}

/** The one thing this rule asks of a list of common passwords. The port `Blocklist` says what it promises. */
interface CommonPasswords {
  has(password: string): boolean
}

/**
 * Brings a password into the form that is measured, compared and hashed: Unicode normalisation form NFC, nothing else.
 *
 * Does not trim, fold case, shorten or drop anything, so that what a member typed is what must be typed again. Two
 * keyboards that compose an accent differently give the same password.
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFC')
}

/**
 * Gathers the words that must not be the password of this member on this site (P-04).
 *
 * An e-mail address counts as a whole and by its local part. Blank and missing values are left out.
 *
 * @param about - The site's name, the member's e-mail address, and any names of the member (first, last, nick name).
 */
export function passwordContextWords(about: {
  readonly siteName?: string | undefined
  readonly email?: string | undefined
  readonly names?: readonly (string | undefined)[]
}): readonly string[] {
  const { siteName, email, names = [] } = about
  const localPart = email?.slice(0, Math.max(email.lastIndexOf('@'), 0))
  return [siteName, email, localPart, ...names]
    .filter((word) => word !== undefined)
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/**
 * Says what is wrong with a new password, if anything.
 *
 * Asks for no mixture of letters, digits and signs, and looks at no older password: such rules make passwords worse
 * (P-03). The lists are compared with the whole password, so that a passphrase may contain a common word.
 *
 * @param password - As typed; it is normalised here.
 * @param context - The minimum length, in code points, and the words that are too easy for this member.
 * @param blocklist - The common passwords. It is asked at most once.
 * @returns The first problem found (form, length, common, context), or `undefined` when the password is accepted.
 * @throws {RangeError} When the minimum length is not a whole number from 1 to {@link passwordLengthMax}: a minimum
 *   that is not a number would accept everything.
 * @see NIST SP 800-63B-4, section 3.1.1.2
 */
export function passwordProblem(
  password: string,
  context: PasswordContext,
  blocklist: CommonPasswords,
): PasswordProblem | undefined {
  const { minimumLength, words } = context
  if (!Number.isInteger(minimumLength) || minimumLength < 1 || minimumLength > passwordLengthMax) {
    throw new RangeError(
      `Cannot judge a password as the minimum length is not from 1 to ${passwordLengthMax}: ${minimumLength}`,
    )
  }

  // Half a surrogate pair has no UTF-8 form: the hasher would see U+FFFD, and different passwords would become one.
  if (!password.isWellFormed()) {
    return { rule: 'FORMAT', description: 'must be well-formed Unicode text, and this one has a broken character' }
  }
  // Other software ends a text at a NUL, and would hold a password to be right by its beginning.
  if (password.includes('\0')) {
    return { rule: 'FORMAT', description: 'must not contain a NUL character' }
  }

  const normalized = normalizePassword(password)
  // Code points: a letter outside the basic plane is one character, whatever it takes in UTF-16 (P-01).
  const length = Array.from(normalized).length
  if (length < minimumLength) {
    return {
      rule: 'MIN_LENGTH',
      description: `must have at least ${counted(minimumLength)}, and this one has ${length}`,
    }
  }
  if (length > passwordLengthMax) {
    return {
      rule: 'MAX_LENGTH',
      description: `must have at most ${counted(passwordLengthMax)}, and this one has ${length}`,
    }
  }

  if (blocklist.has(normalized)) {
    return {
      rule: 'COMMON',
      description: 'must not be one of the most common passwords, which are the first to be guessed',
    }
  }
  const comparable = forComparison(normalized)
  if (words.some((word) => forComparison(word) === comparable)) {
    return {
      rule: 'CONTEXT',
      description: 'must not be the name of this site, your e-mail address or your own name',
    }
  }
  return undefined
}

/** For comparing with words only: what is hashed keeps its case. */
function forComparison(text: string): string {
  return normalizePassword(text).toLowerCase()
}

function counted(characters: number): string {
  return characters === 1 ? '1 character' : `${characters} characters`
}
