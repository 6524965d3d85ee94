import { hash } from 'node:crypto'

const verifierForm = /^[A-Za-z0-9\-._~]{43,128}$/
const challengeForm = /^[A-Za-z0-9_-]{43}$/

/** Whether a text can be a code verifier (RFC 7636 section 4.1). */
export function isCodeVerifier(text: string): boolean {
  return verifierForm.test(text)
}

/** Whether a text can be an S256 code challenge: base64url of 32 bytes, without padding. */
export function isCodeChallenge(text: string): boolean {
  return challengeForm.test(text)
}

/** The S256 challenge of a verifier (RFC 7636 section 4.2). */
export function challengeOf(verifier: string): string {
  return hash('sha256', verifier, 'base64url')
}
