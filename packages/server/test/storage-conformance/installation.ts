import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { EpochDecided } from '../../src/ports/storage.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { OpenWorld, World } from './world.ts'

export function installationConformance(open: OpenWorld): void {
  test('D-18: a new epoch ends everything in one entry with its own cause, under a generation that nobody was given', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const grant = await world.addGrant(session)
    const begun = await world.storage.decideEpoch(decided(world, 'new'))
    expect(begun).toEqual({ epoch: 1, generation: Math.floor(world.clock.now() / 1000) })
    expect(await world.storage.findSite()).toMatchObject({ generation: begun.generation })
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('generation')
    expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('generation')
    expect(await world.refreshStanding(grant.refreshToken)).toBe('generation')
    const log = await readWholeLog(world.storage)
    expect(problemOfLog(log)).toBeUndefined()
    expect(log.entries).toMatchObject([{ kind: 'site', generation: begun.generation, cause: 'restored' }])
    expect((await world.storage.readAudit(0, 100)).slice(-2)).toMatchObject([
      { event: 'site.generation_raised', cause: 'restored', actor: { kind: 'system' } },
      { event: 'epoch.started', cause: null, actor: { kind: 'system' } },
    ])
    const after = await world.addSession(session.member)
    expect(await world.standing({ by: 'id', id: after.id })).toBe('live')
    // Of a second in the same moment nothing is alive either.
    expect(await world.storage.decideEpoch(decided(world, 'new'))).toEqual({
      epoch: 2,
      generation: Number(begun.generation) + 1,
    })
    expect(await world.standing({ by: 'id', id: after.id })).toBe('generation')
  })

  test('D-18: a waiver ends nothing, is audited, and is an epoch of its own, above every one that is known of', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const { n } = await world.storage.logHead()
    expect(await world.storage.decideEpoch({ ...decided(world, 'keep'), above: 6 })).toEqual({
      epoch: 7,
      generation: null,
    })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
    expect(await world.storage.logHead()).toMatchObject({ n })
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({ event: 'epoch.kept' })
    const witness = await world.storage.witness()
    expect(witness).toMatchObject({ installationId: 'some-id', epoch: 7, ...(await world.storage.logHead()) })
    await world.end({ by: 'id', id: session.id })
    expect(await world.storage.witness()).toMatchObject({ n: n + 1 })
    expect((await world.storage.witness()).auditN).toBeGreaterThan(witness.auditN)
    expect(await world.storage.decideEpoch({ ...decided(world, 'keep'), newId: 'other' })).toMatchObject({ epoch: 8 })
    expect(await world.storage.witness()).toMatchObject({ installationId: 'some-id' })
  })

  test('D-04: a new epoch that cannot be audited has not begun', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.storage.decideEpoch(decided(world, 'keep'))
    const before = await world.storage.witness()
    await world.database.breakWrites('audit')
    await expect(world.storage.decideEpoch(decided(world, 'new'))).rejects.toMatchObject({ name: 'StorageUnavailable' })
    await world.database.mend()
    expect(await world.storage.witness()).toEqual(before)
    expect(await world.storage.findSite()).toMatchObject({ generation: world.site.generation })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
  })

  test('a copy is a private file that holds every row and says that it is one; what lies there already is left alone', async () => {
    await using world = await open()
    using directory = temporaryDirectory()
    const session = await world.addSession(await world.addMember())
    await world.addGrant(session)
    await world.end({ by: 'id', id: session.id })
    const path = join(directory.path, 'copy.db')
    await world.storage.copyTo(path, world.clock.now())
    expect(statSync(path).mode & 0o777).toBe(0o600)
    for (const rest of ['-wal', '-shm', '-journal']) expect(existsSync(`${path}${rest}`)).toBe(false)
    const copy = new DatabaseSync(path, { readOnly: true })
    const rowsOf = (table: string) => Number(copy.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'])
    for (const table of ['site', 'client', 'member', 'session', 'client_grant', 'revocation_log', 'audit'] as const) {
      expect([table, rowsOf(table)]).toEqual([table, await world.database.count(table)])
    }
    const { n, chain } = await world.storage.logHead()
    expect(copy.prepare('SELECT n, chain FROM log_head').get()).toEqual({ n, chain: new Uint8Array(chain) })
    expect(copy.prepare('SELECT copied_at FROM installation').get()).toEqual({ copied_at: world.clock.now() })
    copy.close()
    writeFileSync(path, 'something else')
    await expect(world.storage.copyTo(path, world.clock.now())).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(path, 'utf8')).toBe('something else')
  })
}

function decided(world: World, decision: EpochDecided['decision']): EpochDecided {
  return { ...world.asked(), decision, newId: 'some-id', above: 0 }
}
