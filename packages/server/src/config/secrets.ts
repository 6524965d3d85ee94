/** Secrets that the environment gives. No problem tells anything of the value, not even its length. */
import { type Reading, refused } from './reading.ts'

/** An administrator's key, or what whoever collects metrics presents. It travels in an `Authorization` header, in which spaces and commas separate. */
export function readBearerSecret(text: string): Reading<string> {
  if (/^[\x21-\x2b\x2d-\x7e]{32,}$/.test(text)) return { value: text }
  return refused('must have at least 32 characters, all of them printable ASCII other than space and comma')
}

/** A key of exactly 32 bytes, in base64 or base64url, padded or not. */
export function readKeyEncryptionKey(text: string): Reading<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  // The decoder skips what it does not know, so only a text that encodes back to itself was wholly understood.
  const encodings = (['base64', 'base64url'] as const).map((encoding) => Buffer.from(bytes).toString(encoding))
  if (bytes.length === 32 && encodings.some((each) => trimPadding(each) === trimPadding(text))) return { value: bytes }
  return refused('must be exactly 32 bytes in base64 or base64url, as `openssl rand -base64 32` prints them')
}

function trimPadding(text: string): string {
  return text.replace(/=$/, '')
}
