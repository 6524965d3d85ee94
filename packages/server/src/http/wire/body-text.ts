import { ApplicationRefusal } from '../../protocol/identity-errors.ts'

/**
 * Reads the bytes of a body as UTF-8, which JSON is always in (RFC 8259 section 8.1) and forms too.
 *
 * Bytes that are not UTF-8 are refused: put in their place, one character would stand for all of them, and different
 * passwords would be one.
 *
 * @throws {ApplicationRefusal} `INVALID_ARGUMENT` when the bytes are not UTF-8.
 */
export function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new ApplicationRefusal('INVALID_ARGUMENT', 'The body is not UTF-8')
  }
}
