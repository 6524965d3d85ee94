import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import type { World } from '../storage-conformance/world.ts'
import { worldOpener } from '../storage-conformance/world.ts'
import { SqliteTestDatabase } from '../support/sqlite-test-database.ts'

const openWorld = worldOpener(async (options) => SqliteTestDatabase.inFile(options))

const losses: readonly (readonly [string, (path: string) => () => void])[] = [
  ['the file was moved away', moveAway],
  ['the write-ahead log was moved away', (path) => moveAway(`${path}-wal`)],
  [
    'the file was replaced by an empty one',
    (path) => {
      const back = moveAway(path)
      writeFileSync(path, '')
      return back
    },
  ],
  [
    'the write-ahead log was replaced by an empty one',
    (path) => {
      const back = moveAway(`${path}-wal`)
      writeFileSync(`${path}-wal`, '')
      return back
    },
  ],
  ['the directory was moved away', (path) => moveAway(dirname(path))],
  [
    'the directory was replaced by a file',
    (path) => {
      const back = moveAway(dirname(path))
      writeFileSync(dirname(path), 'in the way')
      return back
    },
  ],
  [
    'the directory was replaced by an empty one',
    (path) => {
      const back = moveAway(dirname(path))
      mkdirSync(dirname(path))
      return back
    },
  ],
]

for (const [sentence, lose] of losses) {
  test(`D-17: while ${sentence} nothing is answered, and nothing acknowledged; once it is back all is as it was`, async () => {
    await using world = await openWorld()
    const session = await world.addSession(await world.addMember())
    const other = await world.addSession(session.member)
    await world.end({ by: 'id', id: other.id })
    const before = await world.database.dump()

    const bringBack = lose(world.database.path)
    await expectRefusal(world, session.id)
    expect(await world.database.dump()).toBe(before)

    bringBack()
    await world.storage.ping()
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('live')
    expect(await world.standing({ by: 'secret', hash: other.secret })).toBe('logout')
    expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'ended' })
    await world.database.reopen()
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('logout')
  })
}

test('D-17: a file that was deleted stays refused, and no empty one takes its place', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  rmSync(world.database.path)
  await expectRefusal(world, session.id)
  expect(existsSync(world.database.path)).toBe(false)
})

test('D-03: an end whose file was taken away during the commit is not acknowledged, and not told as undone', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  const { connection, path } = world.database
  let bringBack = () => {}
  const exec = connection.exec.bind(connection)
  connection.exec = (sql) => {
    if (sql === 'COMMIT') bringBack = moveAway(path)
    exec(sql)
  }
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({
    outcome: 'failed',
    error: { outcome: 'unknown' },
  })
  connection.exec = exec
  bringBack()
  expect(await world.end({ by: 'id', id: session.id })).toEqual({ outcome: 'already_ended' })
  expect(await world.database.count('revocation_log')).toBe(1)
})

async function expectRefusal(world: World<SqliteTestDatabase>, id: Parameters<World['storage']['touchSession']>[0]) {
  const unavailable = { name: 'StorageUnavailable', outcome: 'nothing_happened' }
  const { storage } = world
  await expect(storage.ping()).rejects.toMatchObject(unavailable)
  await expect(storage.check({ by: 'id', id })).rejects.toMatchObject(unavailable)
  await expect(storage.checkVisitor(world.site.id, world.aVisitor())).rejects.toMatchObject(unavailable)
  await expect(storage.findRefreshToken(world.aSecret())).rejects.toMatchObject(unavailable)
  await expect(storage.readLog(0, 10)).rejects.toMatchObject(unavailable)
  await expect(storage.touchSession(id, world.clock.now() + 1)).rejects.toMatchObject(unavailable)
  expect(await world.end({ by: 'id', id })).toMatchObject({ outcome: 'failed', error: unavailable })
  expect(await world.end({ by: 'everyone', siteId: world.site.id })).toMatchObject({
    outcome: 'failed',
    error: unavailable,
  })
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
