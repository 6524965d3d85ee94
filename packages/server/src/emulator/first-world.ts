import type { Client } from '../domain/client.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import { hashSecret } from '../domain/secrets.ts'
import type { Site } from '../domain/site.ts'
import { findSite } from '../operations/find-site.ts'
import type { Service } from '../operations/service.ts'
import type { StoredKey } from '../ports/keys.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Storage } from '../ports/storage.ts'
import { emulatorAdministratorKey, emulatorClientId } from './fixed-values.ts'
import { seedMembers } from './seeded-members.ts'

/** What is in the database after the start, to be put into the next one by a reset. */
export interface FirstWorld {
  readonly site: Site
  readonly client: Client
  readonly keys: readonly StoredKey[]
  readonly members: readonly Member[]
}

/** Notes what a start has made. */
export async function firstWorldOf(service: Service, members: readonly Member[]): Promise<FirstWorld> {
  const { storage } = service
  const client = await storage.findClient(emulatorClientId)
  if (client === undefined) throw new RangeError('Cannot be an emulator without the client of all emulators')
  return { site: await findSite(service), client, keys: await storage.listKeys(), members }
}

/**
 * Fills a new database with what was there after the start.
 *
 * Of what was handed out before, nothing is good there: sessions and their credentials are not known, and visitors, who have no
 * row, are below the generation of the site.
 *
 * @param options.former - The database before.
 */
export async function furnishAgain(
  next: Storage,
  { site, client, keys, members }: FirstWorld,
  { former, at, randomness }: { readonly former: Storage; readonly at: EpochMs; readonly randomness: Randomness },
): Promise<void> {
  const before = await former.findSite()
  await next.createSite({
    site: { ...site, generation: (before?.generation ?? site.generation) + 1, createdAt: at },
    client: { ...client, createdAt: at },
    administratorKey: { id: randomness.guid(), hash: hashSecret(emulatorAdministratorKey) },
    keys,
  })
  await seedMembers(next, members, { at, requestId: randomness.guid() })
}
