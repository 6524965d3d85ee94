/** What a move carries over, what it refuses, and what is left when it fails. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import { migrations } from '../../src/adapters/sqlite/migrate.ts'
import { InstallationMoved } from '../../src/adapters/sqlite/moved.ts'
import { DatabaseInUse } from '../../src/adapters/sqlite/open-database.ts'
import { CannotMove } from '../../src/adapters/stored/cannot-move.ts'
import { allStoredTables } from '../../src/adapters/stored/tables.ts'
import { type Move, type MoveProgress, moveInstallation, undoMove } from '../../src/move-installation.ts'
import { expectOneOfEverything } from '../storage-conformance/one-of-everything.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { type World, worldOpener } from '../storage-conformance/world.ts'
import { day } from '../support/manual-clock.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { SqliteTestDatabase, temporaryDirectory } from '../support/sqlite-test-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

type FileWorld = World<SqliteTestDatabase>
const openWorld = worldOpener(async (options) => SqliteTestDatabase.inFile(options))

/** Texts that a carrier could spoil. */
const awkward = [
  '',
  'NULL',
  '{a,"b"}',
  '\\',
  '\\x00',
  "it's",
  'a\nb\tc\r',
  'é ü ß 漢字 😀',
  '%s $1 ?',
  '\u0001\u007f\u2028',
]

/** An installation in a file that nobody holds, with something in every table. */
async function installation(): Promise<FileWorld> {
  const world = await openWorld()
  await expectOneOfEverything(world)
  for (const [index, odd] of awkward.entries()) {
    await world.addClient({ name: odd, logoutUrl: `https://client.example/${index}`, allowedRedirectUris: [odd] })
    await world.addMember({ profile: { odd, [odd]: [odd] }, email: `${odd}@member.example` })
  }
  const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
  const session = await world.addSession(await world.addMember(), { persistent: true })
  const { sid } = await world.addGrant(session, client)
  await world.storage.rotateKeys({
    ...world.asked(),
    actor: { kind: 'system' },
    retire: [],
    add: [
      {
        kid: 'a-key',
        purpose: 'mac',
        alg: 'HS256',
        publicJwk: null,
        privateMaterial: world.randomness.bytes(60),
        wrappedBy: '0123456789abcdef',
        createdAt: 1,
        activeFrom: 2,
        retiredAt: null,
      },
    ],
  })
  await world.end({ by: 'sid', sid })
  world.database.connection.exec(rowsOfTheirOwn)
  await world.storage.close()
  return world
}

/** A row of each table that nothing above fills. */
const rowsOfTheirOwn = `
  INSERT INTO api_key SELECT 'key', id, 'A key', '["OAUTH_APPS.READ"]', x'01', 1 FROM site;
  INSERT INTO challenge SELECT 'challenge', id, 'recovery', 'member', 'ada@shop.example', NULL, NULL, 0, 1, 1, 2, NULL, 3, 'void'
    FROM site;
  INSERT INTO mail (site_id, kind, recipient, language, parameters, state, attempts, created_at)
    SELECT id, 'recovery', 'ada@shop.example', 'en', '{}', 'sent', 1, 1 FROM site;
  INSERT INTO throttle VALUES ('key', 1, 1, 1, 1);
  INSERT INTO familiar_network VALUES ('member', 'network', 1);`

/** Moves a world's file to a database, `content` being what is there before. */
async function target(content: 'empty' | 'schema' = 'empty', port?: number) {
  const started = await server
  const name = await started.createDatabase(content)
  return { name, location: started.location(name, port), look: () => started.look(name) }
}

function move(world: FileWorld, to: Move['to'], more: Partial<Move> = {}) {
  return moveInstallation({ from: world.database.path, to, clock: world.clock, progress: () => {}, ...more })
}

/** Every row of every table in the file, in the spelling of both databases. */
function rowsInFile(path: string): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const lines = allStoredTables.flatMap(({ name, columns }) =>
    database
      .prepare(`SELECT * FROM ${name}`)
      .all()
      .map((row) => [name, ...columns.map((column) => spelt(row[column.name], column.type === 'boolean'))].join(' | ')),
  )
  database.close()
  return lines.toSorted()
}

async function rowsIn(name: string): Promise<readonly string[]> {
  const look = (await server).look(name)
  const lines: string[] = []
  for (const table of allStoredTables) {
    const rows = await look.unsafe(`SELECT * FROM ${table.name}`)
    lines.push(
      ...rows.map((row) => [table.name, ...table.columns.map((column) => spelt(row[column.name]))].join(' | ')),
    )
  }
  await look.end({ timeout: 1 })
  return lines.toSorted()
}

function spelt(value: unknown, isBoolean = false): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return JSON.stringify(isBoolean ? value === 1 : value)
}

/** Whether there is anything at all in a database. */
async function isUntouched(name: string): Promise<boolean> {
  const look = (await server).look(name)
  const rows = await look`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`
  await look.end({ timeout: 1 })
  return rows.length === 0
}

/** The file is as it was, and its server starts. */
async function expectServable(world: FileWorld, before: readonly string[]): Promise<void> {
  expect(rowsInFile(world.database.path)).toEqual(before)
  await world.database.reopen()
  await world.storage.ping()
  await world.storage.close()
}

describe('what a move carries over', () => {
  test('every row of every table is there as it was, and the file is as it was but for the mark', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    for (const { name } of allStoredTables) {
      expect(
        before.some((line) => line.startsWith(`${name} |`)),
        `nothing to move in ${name}`,
      ).toBe(true)
    }
    const { name, location } = await target()
    const told: MoveProgress[] = []
    const moved = await move(world, location, { progress: (progress) => told.push(progress) })
    expect(moved).toMatchObject({ path: world.database.path, rows: before.length })
    expect(moved.destination).toBe(`postgres://127.0.0.1:${(await server).port}/${name}`)
    expect(await rowsIn(name)).toEqual(before)
    expect(rowsInFile(world.database.path)).toEqual(before)
    expect(told.filter(({ done, of }) => done === of).map(({ table }) => table)).toEqual(
      allStoredTables.map((table) => table.name),
    )
  })

  test('a schema that was made ahead, and is empty, is taken as it is', async () => {
    await using world = await installation()
    const { name, location } = await target('schema')
    await move(world, location)
    expect(await rowsIn(name)).toEqual(rowsInFile(world.database.path))
  })

  test('everything works at the new place, numbers go on above the highest that was ever given, and the chain goes on', async () => {
    await using world = await installation()
    await world.database.reopen()
    const last = await world.addSession(await world.addMember())
    const { grant } = await world.addGrant(last)
    await world.end({ by: 'id', id: last.id })
    // Everything of it is gone but the numbers, which must not be given again.
    world.clock.advance(400 * day)
    while ((await world.storage.prune(world.clock.now(), 200)) > 0);
    const { n } = await world.storage.logHead()
    expect(await world.storage.readLog(0, 1_000)).toEqual([])
    await world.storage.close()
    const { name, location } = await target()
    await move(world, location)
    const { clock, randomness } = world
    await using there = Object.assign(await openPostgresStorage({ location, clock, randomness }), {
      [Symbol.asyncDispose]: () => there.close(),
    })
    const session = world.aSession(
      await (async () => {
        const member = world.aMember()
        await there.registerMember({ ...world.asked(), member, session: null })
        return member
      })(),
    )
    const started = await there.startSession(world.aStart(session))
    expect(started).toMatchObject({ outcome: 'started', sessionId: last.id + 1 })
    const code = world.aCode()
    await there.issueCode(world.anIssue({ by: 'secret', hash: session.secretHash ?? world.aSecret() }, code))
    const redeemed = await there.redeemCode(world.aRedemption(code))
    expect(redeemed).toMatchObject({ outcome: 'granted', grant: { id: expect.any(Number) } })
    if (redeemed.outcome === 'granted') expect(redeemed.grant.id).toBeGreaterThan(grant.id)
    expect(await there.endSessions([world.anEnd({ by: 'id', id: last.id })])).toEqual([{ outcome: 'unknown' }])
    const hash = session.secretHash ?? world.aSecret()
    expect(await there.endSessions([world.anEnd({ by: 'secret', hash })])).toMatchObject([{ outcome: 'ended' }])
    expect(await there.logHead()).toMatchObject({ n: n + 1 })
    const look = (await server).look(name)
    const batches = await look`SELECT n, entries FROM log_batch ORDER BY n`
    expect(batches.at(-1)).toMatchObject({ n: n + 1 })
    await look.end({ timeout: 1 })
  })

  test('what ended before, and half of a batch that was pruned, still fits the chain at the new place', async () => {
    await using world = await installation()
    await world.database.reopen()
    const member = await world.addMember()
    for (let index = 0; index < 5; index += 1) await world.addSession(member)
    await world.end({ by: 'member', memberId: member.id })
    const { n } = await world.storage.logHead()
    await world.storage.close()
    const file = new DatabaseSync(world.database.path)
    file.exec(`DELETE FROM revocation_log WHERE n <= ${n - 3}`)
    file.close()
    const { location } = await target()
    expect(await move(world, location)).toMatchObject({ logEntries: n })
  })

  test('a server that starts at the new place meanwhile waits, and serves what was moved', async () => {
    await using world = await installation()
    const { location } = await target()
    let early: ReturnType<typeof openPostgresStorage> | undefined
    const { clock, randomness } = world
    const progress = () => {
      early ??= openPostgresStorage({ location, clock, randomness })
    }
    await move(world, location, { progress })
    const there = await early
    expect(await there?.findSite()).toMatchObject({ id: world.site.id })
    if (there !== undefined) expect(problemOfLog(await readWholeLog(there))).toBeUndefined()
    await there?.close()
  })
})

describe('the file that was moved', () => {
  test('is not opened any more, by anybody, and says where it went; nor is it moved twice', async () => {
    await using world = await installation()
    const { location, name } = await target()
    await move(world, location)
    await expect(world.database.reopen()).rejects.toThrow(InstallationMoved)
    await expect(world.database.reopen()).rejects.toThrow(`/${name} at 2026-`)
    const another = await target()
    await expect(move(world, another.location)).rejects.toThrow(/was moved to postgres:.* already$/)
    expect(await isUntouched(another.name)).toBe(true)
  })

  test('can be gone back to: then everyone is logged out, since what ended meanwhile would be alive again', async () => {
    await using world = await installation()
    await world.database.reopen()
    const [staying, leaving] = [
      await world.addSession(await world.addMember()),
      await world.addSession(await world.addMember()),
    ]
    await world.storage.close()
    const { location } = await target()
    await move(world, location)
    const { clock, randomness } = world
    const there = await openPostgresStorage({ location, clock, randomness })
    expect(await there.endSessions([world.anEnd({ by: 'id', id: leaving.id })])).toMatchObject([{ outcome: 'ended' }])
    await there.close()

    await undoMove({ path: world.database.path, keepSessions: false, clock, randomness })
    await world.database.reopen()
    for (const { id } of [staying, leaving]) expect(await world.standing({ by: 'id', id })).toBe('generation')
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    expect((await world.storage.readLog(0, 1_000)).at(-1)).toMatchObject({ kind: 'site', cause: 'restored' })
  })

  test('can be gone back to with its sessions, where nothing was ever started at the new place', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    await move(world, (await target()).location)
    const { clock, randomness } = world
    const undone = () => undoMove({ path: world.database.path, keepSessions: true, clock, randomness })
    await undone()
    await expectServable(world, before)
    await expect(undone()).rejects.toThrow(/^There is nothing to undo as .*adjourn\.db was not moved$/)
    // And then it can be moved again.
    await move(world, (await target()).location)
  })

  test('nothing is undone where there is no file, and none is made', async () => {
    using directory = temporaryDirectory()
    const path = join(directory.path, 'none.db')
    await using world = await openWorld()
    const { clock, randomness } = world
    await expect(undoMove({ path, keepSessions: false, clock, randomness })).rejects.toThrow(CannotMove)
    expect(existsSync(path)).toBe(false)
  })
})

describe('what is refused', () => {
  test('a target in which a site lives, or anything else, is refused and left as it is', async () => {
    await using first = await installation()
    await using second = await installation()
    const { name, location } = await target()
    await move(first, location)
    const before = await rowsIn(name)
    const inFile = rowsInFile(second.database.path)
    await expect(move(second, location)).rejects.toThrow('Cannot move to a database in which a site lives already')
    expect(await rowsIn(name)).toEqual(before)
    const other = await target('schema')
    const sql = other.look()
    await sql.unsafe(`INSERT INTO visitor_tombstone VALUES ('somebody', 'somewhere', 1)`)
    await expect(move(second, other.location)).rejects.toThrow('not empty: there is something in visitor_tombstone')
    await sql.unsafe('DELETE FROM visitor_tombstone; UPDATE log_head SET n = 1')
    await expect(move(second, other.location)).rejects.toThrow('not empty: there is something in log_head')
    await sql.end({ timeout: 1 })
    await expectServable(second, inFile)
  })

  test('of two installations that are moved to one database at once, one is moved and the other is not', async () => {
    await using one = await installation()
    await using other = await installation()
    const { name, location } = await target()
    const ends = await Promise.allSettled([move(one, location), move(other, location)])
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [moved, left] = ends[0]?.status === 'fulfilled' ? [one, other] : [other, one]
    expect(await rowsIn(name)).toEqual(rowsInFile(moved.database.path))
    await expectServable(left, rowsInFile(left.database.path))
  })

  test('a target of a later version is refused', async () => {
    await using world = await installation()
    const { location, look } = await target('schema')
    const sql = look()
    await sql.unsafe('UPDATE schema_version SET version = 4711')
    await sql.end({ timeout: 1 })
    await expect(move(world, location)).rejects.toThrow('Cannot move to a database whose schema has version 4711')
  })

  test('a file that a server holds is refused, and the server goes on', async () => {
    await using world = await openWorld()
    const { name, location } = await target()
    await expect(move(world, location)).rejects.toThrow(DatabaseInUse)
    await expectOneOfEverything(world)
    expect(await isUntouched(name)).toBe(true)
  })

  test('a file that is missing, empty, without a site, no database or of another version is refused, and not changed', async () => {
    using directory = temporaryDirectory()
    await using world = await openWorld()
    const { clock } = world
    const { name, location: to } = await target()
    const from = (file: string) => moveInstallation({ from: join(directory.path, file), to, clock, progress: () => {} })
    await expect(from('missing.db')).rejects.toThrow(/^Cannot move .*missing\.db as there is no such file$/)
    expect(existsSync(join(directory.path, 'missing.db'))).toBe(false)
    writeFileSync(join(directory.path, 'empty.db'), '')
    await expect(from('empty.db')).rejects.toThrow('has version 0 and')
    const letter = 'Dear Ada, this is no database.\n'.repeat(100)
    writeFileSync(join(directory.path, 'letter.txt'), letter)
    await expect(from('letter.txt')).rejects.toThrow('file is not a database')
    await using unused = SqliteTestDatabase.at(join(directory.path, 'unused.db'), world)
    await unused.storage.close()
    await expect(from('unused.db')).rejects.toThrow('there is no site in it')
    for (const [version, advice] of [
      [migrations.length - 1, 'run "adjourn migrate" first'],
      [migrations.length + 1, 'use the version that made it'],
    ] as const) {
      const file = new DatabaseSync(join(directory.path, 'unused.db'))
      file.exec(`PRAGMA user_version = ${version}`)
      file.close()
      await expect(from('unused.db')).rejects.toThrow(advice)
    }
    expect(await isUntouched(name)).toBe(true)
  })

  test('a target that cannot be reached, or does not let us in, is told without its password', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    const { location } = await target()
    const nowhere = { ...location, hosts: [{ host: '127.0.0.1', port: 1 }] }
    await expect(move(world, nowhere)).rejects.toThrow(
      /^Nothing was moved to postgres:\/\/127\.0\.0\.1:1\/.* cannot be reached/,
    )
    const refused = await move(world, { ...location, password: 'hunter2' }).catch(String)
    expect(refused).toMatch(/^CannotMove: Nothing was moved to .*password authentication failed/)
    expect(refused).not.toContain('hunter2')
    await expectServable(world, before)
  })
})

describe('a move that fails', () => {
  test.each(['site', 'session', 'revocation_log', 'audit'] as const)(
    'D-04: when the connection is lost after %s, the target is untouched and the file is served as before',
    async (table) => {
      await using world = await installation()
      const before = rowsInFile(world.database.path)
      await using proxy = await TcpProxy.start((await server).port)
      const { name, location } = await target('empty', proxy.port)
      const progress = (told: MoveProgress) => {
        if (told.table === table) proxy.cut()
      }
      await expect(move(world, location, { progress })).rejects.toThrow(/^Nothing was moved to .*connection/)
      expect(await isUntouched(name)).toBe(true)
      await expectServable(world, before)
      await move(world, location)
      expect(await rowsIn(name)).toEqual(before)
    },
  )

  test('when the database refuses a row, the target is untouched and the file is served as before', async () => {
    await using world = await installation()
    const file = new DatabaseSync(world.database.path)
    file.exec(`UPDATE audit SET request_id = 'a' || char(0) || 'b' WHERE n = (SELECT max(n) FROM audit)`)
    file.close()
    const before = rowsInFile(world.database.path)
    const { name, location } = await target()
    await expect(move(world, location)).rejects.toThrow(/^Nothing was moved to .*: invalid byte sequence/)
    expect(await isUntouched(name)).toBe(true)
    await expectServable(world, before)
  })

  test.each([
    ['an entry was changed', 'UPDATE revocation_log SET at = at + 1 WHERE n = 1', 'batch 1 does not fit its entries'],
    [
      'an actor was changed',
      `UPDATE revocation_log SET actor_id = 'eve' WHERE n = 1`,
      'entry 1 does not fit its commitment',
    ],
    ['the head was changed', 'UPDATE log_head SET chain = zeroblob(32)', 'the head does not fit the last batch'],
    ['the head was put back', 'UPDATE log_head SET n = n - 1', 'the head has the number'],
    ['a batch was removed', 'DELETE FROM log_batch WHERE n = 2', 'the batch that ends with entry'],
    [
      'the last batch was removed',
      'DELETE FROM log_batch WHERE n = (SELECT max(n) FROM log_batch)',
      'belongs to no batch',
    ],
    [
      'an entry was added',
      `INSERT INTO revocation_log SELECT 4711, 'visitor', site_id, session_id, grant_id, member_id,
      visitor_id, sids, generation, cause, actor_kind, actor_id, at, until, request_id, salt, commitment
      FROM revocation_log WHERE n = 1`,
      'entry 4711 belongs to no batch',
    ],
  ])('A-04: a log in which %s is found out before anything is committed', async (_, sql, problem) => {
    await using world = await installation()
    const file = new DatabaseSync(world.database.path)
    file.exec(sql)
    file.close()
    const { name, location } = await target()
    await expect(move(world, location)).rejects.toThrow(
      'Nothing was moved as the revocation log does not fit its hash chain: ',
    )
    await expect(move(world, location)).rejects.toThrow(problem)
    expect(await isUntouched(name)).toBe(true)
  })

  test('when rows are missing at the end, nothing is committed', async () => {
    await using world = await installation()
    const { name, location, look } = await target('schema')
    const sql = look()
    await sql.unsafe(`
      CREATE FUNCTION drop_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
      CREATE TRIGGER drop_one BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION drop_one()`)
    await sql.end({ timeout: 1 })
    await expect(move(world, location)).rejects.toThrow(
      /^Nothing was moved as ticket has \d+ rows in the file and 0 in/,
    )
    expect((await rowsIn(name)).map((line) => line.split(' ')[0])).toEqual(['log_head'])
  })
})

describe('a move whose commit is cut off', () => {
  /** A proxy that does something to the network right before the commit: the clock is read when everything else is done. */
  async function withProxy(world: FileWorld, beforeCommit: (proxy: TcpProxy) => void) {
    const proxy = await TcpProxy.start((await server).port)
    const { name, location } = await target('empty', proxy.port)
    const now = () => {
      beforeCommit(proxy)
      return world.clock.now()
    }
    return {
      name,
      proxy,
      first: () => move(world, location, { clock: { now } }),
      again: () => move(world, location),
      [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
    }
  }

  test('D-03: before it arrived: nothing was moved, and the file is served as before', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    await using cut = await withProxy(world, (proxy) => void proxy.cutBeforeQuestion())
    await expect(cut.first()).rejects.toThrow(/^Nothing was moved to /)
    expect(await isUntouched(cut.name)).toBe(true)
    await expectServable(world, before)
  })

  test('D-03: after it was done: that is found out, and the file is marked', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    await using cut = await withProxy(world, (proxy) => void proxy.cutBeforeAnswer('COMMIT'))
    expect(await cut.first()).toMatchObject({ rows: before.length })
    expect(await rowsIn(cut.name)).toEqual(before)
    await expect(world.database.reopen()).rejects.toThrow('this installation was moved to')
  })

  test('D-03: and nobody can be asked: the file is not served until the same move is run again, which finishes it', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    await using cut = await withProxy(world, (proxy) => {
      void proxy.cutBeforeAnswer('COMMIT').then(() => proxy.become('refusing'))
    })
    await expect(cut.first()).rejects.toThrow(/^The connection was lost while the move committed, so nobody knows/)
    await expect(world.database.reopen()).rejects.toThrow('broken off while it committed')
    const elsewhere = await target()
    await expect(move(world, elsewhere.location)).rejects.toThrow('may live there: move it to there again')
    await expect(cut.again()).rejects.toThrow(/^Nobody could find out yet whether .* lives in postgres:/)
    await expect(world.database.reopen()).rejects.toThrow('broken off while it committed')
    cut.proxy.become('fair')
    expect(await cut.again()).toMatchObject({ rows: 0 })
    expect(await rowsIn(cut.name)).toEqual(before)
    await expect(world.database.reopen()).rejects.toThrow('this installation was moved to')
  })

  test('D-03: and nobody can be asked, but it had not arrived: the same move moves it then', async () => {
    await using world = await installation()
    const before = rowsInFile(world.database.path)
    await using cut = await withProxy(world, (proxy) => {
      void proxy.cutBeforeQuestion()
      proxy.become('refusing')
    })
    await expect(cut.first()).rejects.toThrow(/^The connection was lost while the move committed, so nobody knows/)
    expect(await isUntouched(cut.name)).toBe(true)
    cut.proxy.become('fair')
    expect(await cut.again()).toMatchObject({ rows: before.length })
    expect(await rowsIn(cut.name)).toEqual(before)
  })
})
