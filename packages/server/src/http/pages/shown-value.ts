/**
 * Text from outside, made fit to be read.
 *
 * Escaping keeps a value from becoming markup; it does not keep it from lying. A right-to-left override turns
 * `moc.elpmaxe` round on the screen, a zero-width space hides in a host name, a kilobyte of text pushes the button off
 * the page. What is shown to a person goes through here; what a form sends back does not, because it must not change.
 */

const embeddingsAndOverrides = '\\u202A-\\u202E\\u2066-\\u2069'
const misleadingInText = new RegExp(`[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}${embeddingsAndOverrides}]`, 'u')
/** An address has no use for any invisible character; a name may need joiners and direction marks. */
const misleadingInAddress = /[\p{C}\p{Z}]/u

/** Long enough for any real name or e-mail address (RFC 5321 section 4.5.3.1 ends at 254 octets). */
const nameCharactersMax = 254
/** Enough to recognise an address by; the rest of a long one is parameters. */
const addressCharactersMax = 200

/**
 * A sentence or a title: line breaks become spaces, control characters and text-direction overrides become `[U+202E]`.
 * Its length is left alone.
 */
export function shownText(text: string): string {
  return marked(text.replace(/[\t\n\r]+/g, ' '), misleadingInText, Number.POSITIVE_INFINITY)
}

/** A person's name or e-mail address: as {@link shownText}, at most 254 characters. */
export function shownName(name: string): string {
  return marked(name, misleadingInText, nameCharactersMax)
}

/** A URL or host as it was given: everything invisible is marked, spaces included; at most 200 characters. */
export function shownAddress(address: string): string {
  return address === '' ? '(empty)' : marked(address, misleadingInAddress, addressCharactersMax)
}

function marked(text: string, misleading: RegExp, charactersMax: number): string {
  let shown = ''
  let characters = 0
  for (const character of text) {
    if (characters === charactersMax) return `${shown}…`
    characters += 1
    shown += misleading.test(character) ? `[${codePointName(character)}]` : character
  }
  return shown
}

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
