import type { Service } from './service.ts'

/** How many grants of anybody's are looked at in one go. */
const lookedAtTogether = 2_000
/** How many are ended in one go: a person's logout in between never waits for more than this. */
const endedTogether = 200

/**
 * Writes out the ends of what clients held that were disabled or deleted: their grants are over from that commit on, and here
 * each gets its entry in the log and the notice that its client asked for. Works in bounded parts and lets everything else
 * have its turn between them; how far it has come is stored, so that a server that is killed goes on where it was.
 *
 * @returns How many grants were ended.
 * @throws {StorageUnavailable} When the database does not answer; the next pass goes on where this one stopped.
 */
export async function endGrantsOfClients({ storage, clock }: Service, requestId: string): Promise<number> {
  let ended = 0
  for (;;) {
    const part = await storage.findGrantsToEnd(lookedAtTogether)
    if (part === undefined) return ended
    for (let from = 0; from < part.sids.length; from += endedTogether) {
      const at = clock.now()
      const answers = await storage.endGrants(
        part.sids.slice(from, from + endedTogether).map((sid) => ({
          sid,
          cause: 'client_disabled',
          actor: { kind: 'system' },
          at,
          requestId,
        })),
      )
      for (const answer of answers) {
        if (answer.outcome === 'failed') throw answer.error
        if (answer.outcome === 'ended') ended += 1
      }
    }
    // Only now: who is killed before it looks at this part again, and finds it ended.
    await storage.noteGrantsEnded(part)
  }
}
