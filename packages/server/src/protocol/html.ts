/**
 * HTML that is safe because of how it was made.
 *
 * The only way to get an {@link Html} is the {@link html} tag: its literal parts are written by us, and everything that
 * is put between them is escaped unless it is itself an `Html`. There is no way to mark a string as safe afterwards,
 * so a forgotten escape cannot be written.
 */

class HtmlText {
  // A private field makes the class nominal: an object that came out of JSON can never pass for safe HTML.
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }

  static is(value: unknown): value is HtmlText {
    return typeof value === 'object' && value !== null && #text in value
  }
}

/** A piece of HTML whose outside values have been escaped. `String(piece)` gives the text. */
export type Html = HtmlText

/** What may stand in `${}` of {@link html}: text is escaped, `Html` goes in as it is. */
export type Interpolation = string | number | Html | readonly Html[]

/** The absent piece, for the other half of a condition. */
export const nothing: Html = new HtmlText('')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // Without these two, the parser's newline clean-up would change the value of a hidden field.
  '\r': '&#13;',
  '\n': '&#10;',
  // HTML cannot carry NUL at all; it becomes the replacement character here instead of at the parser's discretion.
  '\0': '\uFFFD',
}

/**
 * Escapes text for an element's content or for a quoted attribute value.
 *
 * Does not make an address safe to follow (see `safe-href.ts`), nor invisible characters visible (see
 * `shown-value.ts`): apart from NUL and lone surrogates, which UTF-8 and HTML cannot carry, the value survives unchanged.
 *
 * @param text - Any string.
 * @returns The text with every character that means something to an HTML parser replaced by a reference.
 */
export function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"'\r\n\0]/g, (character) => entities[character] ?? '')
}

/**
 * Template tag that escapes every interpolation by default.
 *
 * Interpolations may stand in an element's content or between the quotes of an attribute value, nowhere else.
 *
 * @param literals - The parts written in the source.
 * @param values - What stands between them.
 * @returns The joined HTML.
 * @throws {TypeError} When a value is neither text, a number nor `Html`, or stands in an attribute without quotes,
 *   where escaping would not hold it in.
 */
export function html(literals: TemplateStringsArray, ...values: readonly Interpolation[]): Html {
  let text = literals[0] ?? ''
  for (const [index, value] of values.entries()) {
    if (/=\s*$/.test(literals[index] ?? ''))
      throw new TypeError('html: an interpolated attribute value needs quotes around it')
    text += rendered(value) + (literals[index + 1] ?? '')
  }
  return new HtmlText(text)
}

function rendered(value: unknown): string {
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  if (HtmlText.is(value)) return value.toString()
  if (Array.isArray(value)) {
    return value
      .map((piece: unknown) => {
        if (!HtmlText.is(piece)) throw new TypeError('html: a list may hold only pieces made by the html tag')
        return piece.toString()
      })
      .join('')
  }
  throw new TypeError(`html: cannot render a value of type ${value === null ? 'null' : typeof value}`)
}
