import { execFileSync } from 'node:child_process'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import type { SessionId } from '../../src/domain/ids.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { worldOpener } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { SqliteTestDatabase, temporaryDirectory } from '../support/sqlite-test-database.ts'

const openWorld = worldOpener(async (options) => SqliteTestDatabase.inFile(options))

/** Result codes of SQLite. */
const full = 13
const ioerrFsync = 1034

test('a database that is full ends nothing and says so, answers questions, and goes on once there is room', async () => {
  await using world = await openWorld()
  const member = await world.addMember()
  const sessions = await Promise.all(Array.from({ length: 200 }, () => world.addSession(member)))
  const { connection } = world.database
  connection.exec(`PRAGMA max_page_count = ${String(connection.prepare('PRAGMA page_count').get()?.['page_count'])}`)

  const ended: SessionId[] = []
  const failed: SessionId[] = []
  for (const { id } of sessions) {
    const answer = await world.end({ by: 'id', id })
    if (answer.outcome === 'ended') ended.push(id)
    else {
      expect(answer).toMatchObject({ outcome: 'failed', error: { outcome: 'nothing_happened' } })
      failed.push(id)
    }
  }
  expect(failed.length).toBeGreaterThan(0)
  for (const id of ended) expect(await world.standing({ by: 'id', id })).toBe('logout')
  for (const id of failed) expect(await world.standing({ by: 'id', id })).toBe('live')
  expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()

  connection.exec('PRAGMA max_page_count = 100000')
  for (const id of failed) expect(await world.end({ by: 'id', id })).toMatchObject({ outcome: 'ended' })
  expect(await world.database.count('revocation_log')).toBe(sessions.length)
  expect(world.database.connections).toHaveLength(1)
})

for (const reached of ['reached', 'did not reach'] as const) {
  test(`D-03: an end whose commit failed at the disk, and ${reached} it, is told as unknown; a retry ends in success with one record`, async () => {
    await using world = await openWorld()
    const session = await world.addSession(await world.addMember())
    const bystander = await world.addSession(session.member)
    failAtCommit(world.database, ioerrFsync, reached)

    expect(await world.end({ by: 'id', id: session.id })).toMatchObject({
      outcome: 'failed',
      error: { name: 'StorageUnavailable', outcome: 'unknown' },
    })
    // What is asked next is answered from the file, opened anew, and not from what the process remembers.
    expect(await world.standing({ by: 'id', id: session.id })).toBe(reached === 'reached' ? 'logout' : 'live')
    expect(world.database.connections).toHaveLength(2)
    expect((await world.end({ by: 'id', id: session.id })).outcome).toBe(
      reached === 'reached' ? 'already_ended' : 'ended',
    )
    expect(await world.database.count('revocation_log')).toBe(1)
    expect(await world.standing({ by: 'id', id: session.id })).toBe('logout')
    expect(await world.standing({ by: 'id', id: bystander.id })).toBe('live')
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })
}

test('a commit that failed for want of room is told as undone, and the connection is kept', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  failAtCommit(world.database, full, 'did not reach')
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ error: { outcome: 'nothing_happened' } })
  expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'ended' })
  expect(world.database.connections).toHaveLength(1)
})

test('a transaction that cannot be rolled back does not stand in the way of the next', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  const { connection } = world.database
  const exec = connection.exec.bind(connection)
  connection.exec = (sql) => {
    if (sql === 'ROLLBACK') throw sqliteError(ioerrFsync)
    exec(sql)
  }
  const again = world.aStart(world.aSession(session.member, { secretHash: session.secret }))
  await expect(world.storage.startSession(again)).rejects.toMatchObject({ outcome: 'nothing_happened' })
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'ended' })
  expect(await world.database.count('session')).toBe(1)
})

test('after a failure of the disk neither a copy of the file nor an empty one is taken up in its place', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  const { path } = world.database
  failAtCommit(world.database, ioerrFsync, 'reached')
  await world.end({ by: 'id', id: session.id })
  // The connection is closed and nothing was opened anew: this is the moment at which another file could slip in.
  execFileSync('cp', [path, `${path}.copy`])
  renameSync(path, `${path}.away`)
  const unavailable = { name: 'StorageUnavailable', outcome: 'nothing_happened' }
  await expect(world.storage.check({ by: 'id', id: session.id })).rejects.toMatchObject(unavailable)
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'failed', error: unavailable })
  expect(existsSync(path)).toBe(false)

  renameSync(`${path}.copy`, path)
  await expect(world.storage.check({ by: 'id', id: session.id })).rejects.toMatchObject(unavailable)
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'failed', error: unavailable })

  rmSync(path)
  renameSync(`${path}.away`, path)
  expect(await world.standing({ by: 'id', id: session.id })).toBe('logout')
})

test('a file that another process took meanwhile is a failure of the database, and no answer', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  failAtCommit(world.database, ioerrFsync, 'reached')
  await world.end({ by: 'id', id: session.id })
  const { location, path } = world.database
  const other = openSqliteStorage({ location, clock: manualClock(), randomness: seededRandomness('other') })
  await expect(world.storage.check({ by: 'id', id: session.id })).rejects.toMatchObject({
    name: 'StorageUnavailable',
    cause: { name: 'DatabaseInUse', message: `Cannot open ${path} as another process is using it` },
  })
  await other.close()
  expect(await world.standing({ by: 'id', id: session.id })).toBe('logout')
})

test('D-17: a file whose content is destroyed answers nothing, and answers again once it is restored', async () => {
  await using world = await openWorld()
  const member = await world.addMember()
  const sessions = await Promise.all(Array.from({ length: 50 }, () => world.addSession(member)))
  const [session] = sessions
  if (session === undefined) throw new Error('Cannot go on without a session')
  const { connection, path } = world.database
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  // From outside: opening and closing the file in this process would let go of the lock on it.
  execFileSync('cp', [path, `${path}.good`])
  writeFileSync(`${path}.bad`, seededRandomness('garbage').bytes(200_000))
  execFileSync('cp', [`${path}.bad`, path])
  connection.exec('PRAGMA shrink_memory')

  const unavailable = { name: 'StorageUnavailable', outcome: 'nothing_happened' }
  await expect(world.storage.check({ by: 'id', id: session.id })).rejects.toMatchObject(unavailable)
  // A question was enough to give the connection up, with whatever it remembers of the file.
  expect(connection.isOpen).toBe(false)
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await expect(world.storage.check({ by: 'id', id: session.id })).rejects.toMatchObject(unavailable)
    expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'failed', error: unavailable })
  }
  execFileSync('cp', [`${path}.good`, path])
  expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'ended' })
})

test('D-05: on a disk that refuses to write, every acknowledged end is kept, and none that was told as undone was made', async () => {
  using directory = temporaryDirectory()
  const path = `${directory.path}/adjourn.db`
  const child = new URL('./full-disk-child.ts', import.meta.url).pathname
  // The limit is on the size of any file, in blocks of 512 bytes: it makes write(2) itself fail.
  const output = execFileSync('sh', ['-c', `ulimit -f 1900; exec "$0" "$@"`, process.execPath, child, path], {
    encoding: 'utf8',
  })
  const lines = output.trim().split('\n')
  expect(lines.at(-1)).toBe('alive')
  const told = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)) as SessionId)
  const [ended, undone, unknown] = [told('ended'), told('nothing_happened'), told('unknown')]
  expect(ended.length).toBeGreaterThan(10)
  expect(undone.length + unknown.length).toBeGreaterThan(10)

  const storage = openSqliteStorage({
    location: { kind: 'sqlite', path },
    clock: manualClock(),
    randomness: seededRandomness('after'),
  })
  const causeOf = async (id: SessionId) => (await storage.check({ by: 'id', id }))?.ended
  for (const id of ended) expect(await causeOf(id)).toBe('logout')
  for (const id of undone) expect(await causeOf(id)).toBe(null)
  for (const id of unknown) expect(['logout', null]).toContain(await causeOf(id))
  expect(problemOfLog(await readWholeLog(storage))).toBeUndefined()
  await storage.close()
})

/** Makes the next commit fail once, after or instead of its work. */
function failAtCommit({ connection }: SqliteTestDatabase, errcode: number, reached: 'reached' | 'did not reach'): void {
  const exec = connection.exec.bind(connection)
  connection.exec = (sql) => {
    if (sql === 'COMMIT') {
      connection.exec = exec
      if (reached === 'reached') exec(sql)
      throw sqliteError(errcode)
    }
    exec(sql)
  }
}

/** An error as the runtime's module makes it. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error('made by the test'), { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'made by the test' })
}
