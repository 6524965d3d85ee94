import { endGrantsOfClients } from './end-grants-of-clients.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'

/** How many sessions one pass ends in one go: a person's logout in between never waits for more than this. */
const batchSize = 200

/**
 * Ends what its time has ended, by the same operation as a logout, and what ended with a client; deletes what nothing can
 * name any more, and records that are older than the site keeps them. Works in bounded batches and lets everything else have
 * its turn between them.
 *
 * @returns How many sessions were ended.
 * @throws {StorageUnavailable} When the database does not answer; the next pass goes on where this one stopped.
 */
export async function reap(service: Service, requestId: string): Promise<number> {
  const { storage, clock } = service
  await endGrantsOfClients(service, requestId)
  let ended = 0
  for (let more = true; more; ) {
    const at = clock.now()
    const found = await storage.findOverdueSessions(at, batchSize)
    const answers = await storage.endSessions(
      found.overdue.map(({ id, cause }) => ({
        what: { by: 'id', id },
        cause,
        actor: { kind: 'system' },
        at,
        requestId,
      })),
    )
    for (const answer of answers) {
      if (answer.outcome === 'failed') throw answer.error
      if (answer.outcome === 'ended') ended += 1
    }
    more = found.more
  }
  while ((await storage.prune(clock.now(), batchSize)) >= batchSize) {
    // Each pass is a commit of its own.
  }
  const { auditRetentionMs } = (await findSite(service)).settings
  while ((await storage.pruneAudit(clock.now() - auditRetentionMs, batchSize)) >= batchSize) {
    // Likewise.
  }
  return ended
}
