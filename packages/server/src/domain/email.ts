/** What is an e-mail address, and when two of them are the same. Whether mail arrives there is not decided here. */

/** RFC 5321, section 4.5.3.1, as corrected by erratum 1690: a path of 256 octets less its angle brackets. */
const addressOctetsMax = 254
/** RFC 5321, section 4.5.3.1.1. */
const localPartOctetsMax = 64
/** RFC 1035, section 2.3.4. */
const labelOctetsMax = 63

/**
 * RFC 5322's dot-atom, with the letters, marks and digits of every script (RFC 6531, section 3.3). The quoted form
 * (`"a b"@…`) is left out: hardly a mail system issues it, and it lets spaces, `@` and control characters in.
 */
const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u

/** The characters of both parts, and the sign between them once. */
const emailPrefix = /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+(?:@[\p{L}\p{M}\p{N}.-]*)?$/u

/** The answer to Validate Email: about the syntax only, so it never says whether an address is registered. */
type EmailJudgement =
  | { readonly valid: true; readonly formatInvalid: false }
  | { readonly valid: false; readonly formatInvalid: true; readonly reason: 'EMAIL_DOMAIN_FORMAT_INVALID' }

/**
 * The canonical form of an e-mail address: two texts with the same one name the same member.
 *
 * NFC, because keyboards differ in how they compose an accented letter. Lower case for the domain, because DNS ignores
 * case, and for the local part too: RFC 5321 lets a mail system tell `Ada@` from `ada@`, none in use does, and people
 * type their address in whatever case the keyboard offers, so two members told apart by case would be one person
 * locked out, or one person impersonating another. A domain outside ASCII becomes its `xn--` form, which is the name
 * that DNS sees.
 *
 * Mail belongs to the canonical form, never to the text somebody typed: if the two ever led to different mailboxes, a
 * reset link would go to a stranger. For the same reason an address is refused when normalising it would turn a
 * character outside ASCII into one inside (U+212A, the Kelvin sign, would become `k`).
 *
 * @param text - The address as typed. Nothing is trimmed: what to forgive is the form's decision.
 * @returns The canonical form, or `undefined` when the text is not an address. Applying this twice changes nothing.
 */
export function normalizeEmail(text: string): string | undefined {
  if (text.length > addressOctetsMax || foldsIntoAscii(text)) return undefined
  const parts = text.normalize('NFC').toLowerCase().normalize('NFC').split('@')
  const [local, domain] = parts
  if (parts.length !== 2 || local === undefined || domain === undefined) return undefined
  if (octets(local) > localPartOctetsMax || !localPart.test(local)) return undefined
  const asciiDomain = canonicalDomain(domain)
  if (asciiDomain === undefined) return undefined
  const address = `${local}@${asciiDomain}`
  return octets(address) > addressOctetsMax ? undefined : address
}

/**
 * The beginning of an address in its canonical form, to find whose addresses begin so. A domain outside ASCII is found by its
 * `xn--` form alone.
 *
 * @returns `undefined` for a text that no address begins with.
 */
export function normalizeEmailPrefix(text: string): string | undefined {
  if (text.length === 0 || text.length > addressOctetsMax || foldsIntoAscii(text)) return undefined
  const prefix = text.normalize('NFC').toLowerCase().normalize('NFC')
  return emailPrefix.test(prefix) ? prefix : undefined
}

/** A text behind every address that begins with a prefix, and before all others, where texts are ordered by code points. */
export function endOfEmailPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`
}

/** Judges an address for Validate Email. See {@link normalizeEmail} for what is an address. */
export function judgeEmail(text: string): EmailJudgement {
  if (normalizeEmail(text) !== undefined) return { valid: true, formatInvalid: false }
  return { valid: false, formatInvalid: true, reason: 'EMAIL_DOMAIN_FORMAT_INVALID' }
}

/**
 * A domain in the form DNS sees. At least two labels, since a single one reaches no mailbox on the Internet, and the
 * last not all digits, since that would be an IP address.
 */
function canonicalDomain(domain: string): string | undefined {
  const labels = domain.split('.')
  if (labels.length < 2 || /^\d+$/.test(labels.at(-1) ?? '')) return undefined
  if (!labels.every((each) => label.test(each))) return undefined
  if (!URL.canParse(`https://${domain}`)) return undefined
  const ascii = new URL(`https://${domain}`).hostname
  const asciiLabels = ascii.split('.')
  // A label that IDNA maps into plain ASCII (full-width letters do) is a lookalike of another domain, not its own.
  const isFaithful = labels.every((each, index) => {
    const mapped = asciiLabels[index] ?? ''
    return mapped === each || (mapped.startsWith('xn--') && !/^\p{ASCII}+$/u.test(each))
  })
  if (asciiLabels.length !== labels.length || !isFaithful) return undefined
  return asciiLabels.every((each) => each.length <= labelOctetsMax) ? ascii : undefined
}

function foldsIntoAscii(text: string): boolean {
  return [...text].some((each) => !isAscii(each) && isAscii(each.normalize('NFC').toLowerCase()))
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}+$/u.test(text)
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length
}
