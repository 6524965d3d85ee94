const misleading = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu

const charactersMax = 100

/**
 * A text as it may stand in a header or between words of ours: without line breaks, which would begin a header of their own,
 * without control characters and text-direction overrides, and no longer than anybody reads.
 */
export function oneLine(text: string): string {
  const line = text.replace(misleading, ' ').trim()
  const characters = [...line]
  return characters.length <= charactersMax ? line : `${characters.slice(0, charactersMax).join('')}…`
}
