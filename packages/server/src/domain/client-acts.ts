import type { Client } from './client.ts'
import type { EpochMs } from './ids.ts'

/** A client once it is disabled; the same one where it was before. */
export function clientOnceDisabled(client: Client, at: EpochMs): Client {
  return client.disabledAt === null ? { ...client, disabledAt: at, generation: client.generation + 1 } : client
}

/** A client once it may act again; the same one where it was not disabled. Its generation stays raised. */
export function clientOnceEnabled(client: Client): Client {
  return client.disabledAt === null ? client : { ...client, disabledAt: null }
}

/** A client once it is deleted: nothing of it counts, whether it was disabled before or not. */
export function clientOnceDeleted(client: Client, at: EpochMs): Client {
  return { ...client, disabledAt: client.disabledAt ?? at, generation: client.generation + 1 }
}
