import { batchDigest, chainOrigin, commitmentOf, entryDigest, type LogEntry, nextChain } from './revocation-log.ts'

/** A step of the chain, as it was written. */
interface Step {
  /** The number of the last entry. */
  readonly n: number
  readonly entries: number
  readonly digest: Uint8Array
  readonly chain: Uint8Array
}

/**
 * Follows a log from its origin, batch by batch, and finds the first thing in it that does not fit.
 *
 * Old entries are deleted after a time while the steps of the chain stay. Of a batch that is not whole any more, the digest
 * is taken on trust; what is left of its entries is checked all the same.
 */
export class RevocationLogCheck {
  #n = 0
  #chain = chainOrigin

  /** What is wrong with the next batch, in words; `undefined` when nothing is. `entries` are those with numbers up to its own. */
  problemOfBatch(batch: Step, entries: readonly LogEntry[]): string | undefined {
    const first = this.#n + 1
    this.#n += batch.entries
    this.#chain = nextChain(this.#chain, batch.digest)
    if (batch.n !== this.#n) return `the batch that ends with entry ${this.#n} has the number ${batch.n}`
    if (entries.length > batch.entries)
      return `batch ${batch.n} has ${entries.length} entries and tells of ${batch.entries}`
    for (const entry of entries) {
      if (entry.n < first) return `entry ${entry.n} belongs to no batch`
      // An entry whose salt was erased tells of nobody any more; what is left of it is still held by the chain.
      const isErased = entry.salt.length === 0
      if (!isErased && !equal(entry.commitment, commitmentOf(entry)))
        return `entry ${entry.n} does not fit its commitment`
    }
    const isWhole = entries.length === batch.entries
    if (isWhole && !equal(batch.digest, batchDigest(entries.map(entryDigest)))) {
      return `batch ${batch.n} does not fit its entries`
    }
    return equal(batch.chain, this.#chain) ? undefined : `batch ${batch.n} does not continue the chain`
  }

  /** What is wrong with the head once all batches were seen; `undefined` when nothing is. */
  problemOfHead(head: { readonly n: number; readonly chain: Uint8Array }): string | undefined {
    if (head.n !== this.#n) return `the head has the number ${head.n} and the last entry ${this.#n}`
    return equal(head.chain, this.#chain) ? undefined : 'the head does not fit the last batch'
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
