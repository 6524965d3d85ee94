import { hash } from 'node:crypto'

/** How many tokens are remembered unless told: some tens of megabytes, and the tokens in use on a busy node. */
const capacityDefault = 50_000

/**
 * Remembers what was learned from tokens whose signature was good.
 *
 * This is the immutable half of a check only: a signature that was good once is good for ever, as long as its key is
 * trusted. What can change (expiry, whether key, grant, session, member and generation are alive) must never be put in
 * here, and whoever recalls an entry has to look at all of that again.
 */
export interface SignatureMemory<Learned> {
  /** Keeps what was learned from a token. Only for tokens whose signature was made or verified just now. */
  remember(token: string, learned: Learned): void
  /** What was learned from exactly this text, or undefined: never seen, or forgotten to make room. */
  recall(token: string): Learned | undefined
  /** Drops what was learned from a token, because its key is trusted no more. */
  forget(token: string): void
  /** How many tokens are remembered now; never more than the capacity. */
  readonly size: number
}

/**
 * Keeps two generations: new entries, and entries recalled from the old one, go to the young one; when that holds half
 * of the capacity it becomes the old one, and the old one is dropped whole. So what is in use stays, at constant cost
 * and without a list to reorder at every recall.
 *
 * Tokens are filed under their SHA-256, so that no usable token lies in this memory.
 *
 * @param capacity most entries ever held, an even number from 2
 * @throws {RangeError} when the capacity is not such a number
 */
export function createSignatureMemory<Learned>(capacity: number = capacityDefault): SignatureMemory<Learned> {
  if (!Number.isSafeInteger(capacity) || capacity < 2 || capacity % 2 !== 0) {
    throw new RangeError(`Cannot remember signatures as the capacity is not an even number from 2: ${capacity}`)
  }
  let young = new Map<string, Learned>()
  let old = new Map<string, Learned>()

  function file(digest: string, learned: Learned): void {
    if (young.size >= capacity / 2 && !young.has(digest)) {
      old = young
      young = new Map()
    }
    // In one generation at a time, so that forgetting and counting need no second thought.
    old.delete(digest)
    young.set(digest, learned)
  }

  return {
    remember(token, learned) {
      file(digestOf(token), learned)
    },
    recall(token) {
      const digest = digestOf(token)
      const recent = young.get(digest)
      if (recent !== undefined) return recent
      const earlier = old.get(digest)
      if (earlier !== undefined) file(digest, earlier)
      return earlier
    },
    forget(token) {
      const digest = digestOf(token)
      young.delete(digest)
      old.delete(digest)
    },
    get size() {
      return young.size + old.size
    },
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
