/** What can happen to a database file under a running server, and what makes it good again. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MemberId, SecretHash } from '../../src/domain/ids.ts'
import { hashSecret, mintSecret } from '../../src/domain/secrets.ts'
import { defaultSiteSettings } from '../../src/domain/site.ts'
import { sessionWithCookie } from '../../src/operations/start-session.ts'
import { registerMember } from '../support/members.ts'
import type { TestServer } from '../support/test-server.ts'

export interface Damage {
  readonly what: string
  /** Whether questions are still answered: a full database can be read. */
  readonly canRead: boolean
  /** Whether every way out is tried, or a few that stand for the rest. */
  readonly everyWay: boolean
  /** Does it, and gives what undoes it. */
  readonly do: (server: TestServer, path: string) => Promise<() => void>
}

export const damages: readonly Damage[] = [
  { what: 'full', canRead: true, everyWay: true, do: fillUp },
  { what: 'removed', canRead: false, everyWay: true, do: async (_, path) => moveAway(path) },
  {
    what: 'replaced by an empty file',
    canRead: false,
    everyWay: false,
    do: async (_, path) => {
      const back = moveAway(path)
      writeFileSync(path, '')
      return back
    },
  },
  {
    what: 'without its write-ahead log, which was removed',
    canRead: false,
    everyWay: false,
    do: async (_, path) => moveAway(`${path}-wal`),
  },
  { what: 'gone with its directory', canRead: false, everyWay: false, do: async (_, path) => moveAway(dirname(path)) },
]

/** Moves something away, and gives what brings it back, over whatever has taken its place. */
function moveAway(path: string): () => void {
  const away = `${path}.away`
  renameSync(path, away)
  return () => {
    rmSync(path, { recursive: true, force: true })
    renameSync(away, path)
  }
}

/** Lets the file grow no further, and uses up the room in it until the smallest end of a session finds none. */
async function fillUp(server: TestServer): Promise<() => void> {
  const { service, database } = server
  const spare = await spareSessions(server, 60)
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
  database.exec(`PRAGMA max_page_count = ${pages}`)
  for (const hash of spare) {
    const what = { by: 'secret', hash } as const
    const asked = { at: service.clock.now(), requestId: service.randomness.guid() }
    const [answer] = await service.storage.endSessions([{ what, cause: 'logout', actor: null, ...asked }])
    if (answer?.outcome === 'failed') return () => database.exec('PRAGMA max_page_count = 1000000')
  }
  throw new Error('The database did not become full')
}

/** Sessions without any grant, of a member of their own. */
async function spareSessions(server: TestServer, count: number): Promise<readonly SecretHash[]> {
  const { service } = server
  const { memberId } = await registerMember(server)
  const member = await service.storage.findMember(memberId as MemberId)
  if (member === undefined) throw new Error('The member is not there')
  const hashes = Array.from({ length: count }, () => hashSecret(mintSecret('session', service.randomness)))
  for (const secretHash of hashes) {
    const session = sessionWithCookie(service, {
      member,
      clientId: null,
      settings: defaultSiteSettings,
      persistent: false,
      secretHash,
    })
    const asked = { at: session.createdAt, requestId: service.randomness.guid() }
    await service.storage.startSession({ session, passwordHash: null, replaces: null, ...asked })
  }
  return hashes
}
