import type { Client } from '../../src/domain/client.ts'
import type { RunningServer } from '../../src/main.ts'

/** The first client of a server, for tests that have not deleted it. */
export function firstClientOf({ firstClient }: Pick<RunningServer, 'firstClient'>): Client {
  if (firstClient === null) throw new Error('The server has no client')
  return firstClient
}
