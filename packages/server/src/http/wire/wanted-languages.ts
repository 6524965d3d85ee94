import type { FastifyRequest } from 'fastify'

/** A header longer than this is nobody's list of languages. */
const headerCharactersMax = 1000

/** What says of a request in which language its answer is read. */
export type Reader = Pick<FastifyRequest, 'headers' | 'query' | 'body'>

/**
 * The languages that a reader asks for, the best first: those of the request's `uiLocales` (OpenID Connect Core, section
 * 3.1.2.1: tags with spaces between them), then those of the browser (RFC 9110, section 12.5.4).
 *
 * @param kept - The `uiLocales` of parameters that are kept under a name in place of standing in the request.
 */
export function wantedLanguages({ headers, query, body }: Reader, kept?: string | undefined): readonly string[] {
  const uiLocales = kept ?? localesIn(query) ?? localesIn(body) ?? ''
  return [...uiLocales.split(' ').filter((tag) => tag !== ''), ...acceptedLanguages(headers['accept-language'])]
}

/** In either spelling, and of any request: also of one that no schema has judged. */
function localesIn(message: unknown): string | undefined {
  const { uiLocales, ui_locales: inSnakeCase = uiLocales } = (message ?? {}) as Readonly<Record<string, unknown>>
  return typeof inSnakeCase === 'string' && inSnakeCase !== '' ? inSnakeCase : undefined
}

function acceptedLanguages(header: string | undefined): readonly string[] {
  if (header === undefined || header.length > headerCharactersMax) return []
  return header
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
      const quality = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/i.test(tag) && quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
}
