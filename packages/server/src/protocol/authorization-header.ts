/**
 * The `Authorization` header in all the forms that callers of the identity API send: with and without `Bearer`, an access
 * token and an API key joined by a comma, either of them missing, or nothing at all.
 */
export interface PresentedAuthorization {
  readonly accessToken: string | undefined
  readonly apiKey: string | undefined
  /** There was a part that is neither a token nor a key, or there were more than two. */
  readonly unrecognized: boolean
}

const signedToken = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const apiKey = /^adj_api_[A-Za-z0-9_-]+$/

const nothingPresented: PresentedAuthorization = { accessToken: undefined, apiKey: undefined, unrecognized: false }

/** Sorts the parts of the header by their own shape, whatever their place. Says nothing about whether they are good. */
export function parseAuthorization(header: string | undefined): PresentedAuthorization {
  if (header === undefined) return nothingPresented
  const parts = header
    .trim()
    .replace(/^bearer(?:\s+|$)/i, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const tokens = parts.filter((part) => signedToken.test(part))
  const keys = parts.filter((part) => apiKey.test(part))
  return {
    accessToken: tokens[0],
    apiKey: keys[0],
    unrecognized: tokens.length > 1 || keys.length > 1 || tokens.length + keys.length < parts.length,
  }
}
