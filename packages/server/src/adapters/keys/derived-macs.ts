import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** Contexts are few and fixed in the code: this keeps a value from a request from growing the table of derived keys. */
const contextForm = /^[a-z][a-z0-9-]{0,63}$/

/** MACs under one root key, with a key of its own for each context. */
export interface DerivedMacs {
  /** HMAC-SHA256 over the data, 32 bytes. Throws RangeError for a context that is not lower-case words and hyphens. */
  compute(context: string, data: string | Uint8Array): Buffer
}

/**
 * Derives the key of each context once, by HKDF (RFC 5869), and keeps it.
 *
 * Kept as a KeyObject: handed over as bytes, a key is imported anew for every MAC, which costs several times the MAC.
 *
 * @param root 32 random bytes; its own bits never serve as a MAC key
 */
export function createDerivedMacs(root: KeyObject): DerivedMacs {
  const keys = new Map<string, KeyObject>()
  return {
    compute(context, data) {
      let key = keys.get(context)
      if (key === undefined) {
        if (!contextForm.test(context)) {
          throw new RangeError(`Cannot derive a MAC key as the context is not lower-case words and hyphens: ${context}`)
        }
        key = createSecretKey(new Uint8Array(hkdfSync('sha256', root, '', `adjourn mac v1 ${context}`, 32)))
        keys.set(context, key)
      }
      return createHmac('sha256', key).update(data).digest()
    },
  }
}
