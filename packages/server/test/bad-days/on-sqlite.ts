/** What can happen to a database file under a running server, and what makes it good again. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { MemberId, SecretHash } from '../../src/domain/ids.ts'
import { hashSecret, mintSecret } from '../../src/domain/secrets.ts'
import { defaultSiteSettings } from '../../src/domain/site.ts'
import { sessionWithCookie } from '../../src/operations/start-session.ts'
import { registerMember } from '../support/members.ts'
import { SqliteServerDatabase } from '../support/server-database.ts'
import type { TestServer } from '../support/test-server.ts'
import type { BadDays, Damage, FragileDatabase } from './fragile-database.ts'

type Strike = (server: TestServer, path: string) => Promise<() => void>

const strikes: readonly (Damage & { readonly strike: Strike })[] = [
  { what: 'full', canRead: true, everyWay: true, strike: fillUp },
  { what: 'removed', canRead: false, everyWay: true, strike: async (_, path) => moveAway(path) },
  {
    what: 'replaced by an empty file',
    canRead: false,
    everyWay: false,
    strike: async (_, path) => {
      const back = moveAway(path)
      writeFileSync(path, '')
      return back
    },
  },
  {
    what: 'without its write-ahead log, which was removed',
    canRead: false,
    everyWay: false,
    strike: async (_, path) => moveAway(`${path}-wal`),
  },
  {
    what: 'gone with its directory',
    canRead: false,
    everyWay: false,
    strike: async (_, path) => moveAway(dirname(path)),
  },
]

export const badDaysOnSqlite: BadDays = {
  damages: strikes,
  newDatabase: async () => new FragileSqlite(),
  [Symbol.asyncDispose]: async () => {},
}

class FragileSqlite implements FragileDatabase {
  readonly database = new SqliteServerDatabase()

  async damage(what: string, server: TestServer): Promise<() => Promise<void>> {
    const found = strikes.find((each) => each.what === what)
    if (found === undefined) throw new RangeError(`Nothing is known that leaves a database ${what}`)
    const mend = await found.strike(server, this.database.path)
    return async () => mend()
  }

  /** As it does when an fsync reports an error, in any connection of this process. */
  failNextCommit(reached: boolean): void {
    const { exec } = DatabaseSync.prototype
    DatabaseSync.prototype.exec = function (sql) {
      if (sql !== 'COMMIT') return exec.call(this, sql)
      DatabaseSync.prototype.exec = exec
      if (reached) exec.call(this, sql)
      const errstr = 'disk I/O error'
      throw Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode: 1034, errstr })
    }
  }

  async remove(): Promise<void> {
    rmSync(this.database.path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]()
  }
}

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
