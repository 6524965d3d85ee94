import { hash } from 'node:crypto'

/** SHA-256 of bytes, or of a text in UTF-8. */
export function sha256(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  // By way of a string: a buffer of its own for every digest costs twice as much, as the memory for each is asked of the system.
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1')
}
