import {
  batchDigest,
  chainOrigin,
  commitmentOf,
  entryDigest,
  type LogEntry,
  nextChain,
} from '../../src/domain/revocation-log.ts'
import type { LogBatch, LogHead, Storage } from '../../src/ports/storage.ts'

/** All that the log shows to somebody who wants to check it. */
export interface WholeLog {
  readonly entries: readonly LogEntry[]
  readonly batches: readonly LogBatch[]
  readonly head: LogHead
}

export async function readWholeLog(storage: Storage): Promise<WholeLog> {
  const most = 1_000_000
  return {
    entries: await storage.readLog(0, most),
    batches: await storage.readLogBatches(0, most),
    head: await storage.logHead(),
  }
}

/**
 * Checks a log from its origin, as an auditor would who trusts nothing but the last link: numbers without a gap, every
 * commitment, every digest, every link. Says what is wrong, or `undefined`.
 */
export function problemOfLog({ entries, batches, head }: WholeLog): string | undefined {
  let chain = chainOrigin
  let n = 0
  for (const batch of batches) {
    const own = entries.slice(n, n + batch.entries)
    if (own.length !== batch.entries) return `batch ${batch.n} has ${own.length} entries and tells of ${batch.entries}`
    for (const entry of own) {
      n += 1
      if (entry.n !== n) return `entry ${n} has the number ${entry.n}`
      // An entry whose salt was erased tells of nobody any more; what is left of it is still held by the chain.
      const erased = entry.salt.length === 0
      if (!erased && !equal(entry.commitment, commitmentOf(entry))) return `entry ${n} does not fit its commitment`
    }
    if (batch.n !== n) return `the batch that ends with entry ${n} has the number ${batch.n}`
    if (!equal(batch.digest, batchDigest(own.map(entryDigest)))) return `batch ${n} does not fit its entries`
    chain = nextChain(chain, batch.digest)
    if (!equal(batch.chain, chain)) return `batch ${n} does not continue the chain`
  }
  if (entries.length !== n) return `${entries.length - n} entries belong to no batch`
  if (head.n !== n) return `the head has the number ${head.n} and the last entry ${n}`
  return equal(head.chain, chain) ? undefined : 'the head does not fit the last batch'
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
