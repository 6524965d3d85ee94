/** Whose session an access token belongs to, by its own word: enough to tell two apart, and proof of nothing. */
export interface TokenSession {
  readonly sid: string
  readonly sub: string
}

/** @returns `undefined` for a token that names no session. */
export function sessionOf(accessToken: string): TokenSession | undefined {
  try {
    const payload = accessToken.split('.')[1] ?? ''
    const { sid, sub } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof sid === 'string' && typeof sub === 'string' ? { sid, sub } : undefined
  } catch {
    return undefined
  }
}
