/** What happens when the way to the database fails: nothing is guessed, nothing is done twice, and it heals by itself. */
import { afterAll, describe, expect, test } from 'vitest'
import type { Storage } from '../../src/ports/storage.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { type World, worldOpener } from '../storage-conformance/world.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresTestDatabase } from '../support/postgres-test-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const open = worldOpener(async (options) => PostgresTestDatabase.create(await server, options))
type PostgresWorld = World<PostgresTestDatabase>

/** A node whose way to the database leads through a proxy; the world's own does not. */
async function nodeBehindProxy(world: PostgresWorld, options: { readonly answerWithinMs?: number } = {}) {
  const proxy = await TcpProxy.start(world.database.server.port)
  const node = await world.database.openAnother({ port: proxy.port, ...options })
  // So that every connection is open and every statement known: what is tested is not the first call.
  const session = await world.addSession(await world.addMember())
  await node.check({ by: 'secret', hash: session.secret })
  await endOn(node, world, session.secret)
  await node.startSession(world.aStart(world.aSession(session.member)))
  await node.logHead()
  return {
    proxy,
    node,
    [Symbol.asyncDispose]: async () => {
      await node.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

async function endOn(node: Storage, world: PostgresWorld, hash: ReturnType<World['aSecret']>) {
  const [answer] = await node.endSessions([world.anEnd({ by: 'secret', hash })])
  return answer
}

const nothingHappened = { name: 'StorageUnavailable', outcome: 'nothing_happened' }
const unknown = { name: 'StorageUnavailable', outcome: 'unknown' }

describe('faults between a node and its database', () => {
  test('D-02, D-17: while the database cannot be reached nothing is answered from memory, and it heals by itself', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const { node, proxy } = behind
    const session = await world.addSession(await world.addMember())
    expect(await node.check({ by: 'secret', hash: session.secret })).toMatchObject({ ended: null })
    proxy.become('refusing')
    proxy.cut()
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(node.check({ by: 'secret', hash: session.secret })).rejects.toMatchObject(nothingHappened)
      await expect(node.checkVisitor(world.site.id, world.aVisitor())).rejects.toMatchObject(nothingHappened)
      await expect(node.findMember(session.member.id)).rejects.toMatchObject(nothingHappened)
      await expect(node.ping()).rejects.toMatchObject(nothingHappened)
      await expect(node.touchSession(session.id, world.clock.now())).rejects.toMatchObject(nothingHappened)
      expect(await endOn(node, world, session.secret)).toMatchObject({ outcome: 'failed', error: nothingHappened })
    }
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
    proxy.become('fair')
    expect(await node.check({ by: 'secret', hash: session.secret })).toMatchObject({ ended: null })
    expect(await endOn(node, world, session.secret)).toMatchObject({ outcome: 'ended' })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('logout')
  })

  test('D-03: a commit whose acknowledgement is lost is told as unknown, and the retry succeeds with one record', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const before = await world.storage.logHead()
    for (let round = 1; round <= 5; round += 1) {
      const session = await world.addSession(await world.addMember())
      const { sid } = await world.addGrant(session, client)
      const isCut = behind.proxy.cutBeforeAnswer('COMMIT')
      const answers = await Promise.all([1, 2].map(() => endOn(behind.node, world, session.secret)))
      await isCut
      for (const answer of answers) expect(answer).toMatchObject({ outcome: 'failed', error: unknown })
      expect(await endOn(behind.node, world, session.secret)).toEqual({ outcome: 'already_ended' })
      expect(await world.storage.logHead()).toMatchObject({ n: before.n + round })
      expect((await world.database.notices()).filter((notice) => notice.sid === sid)).toHaveLength(1)
    }
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('D-03: a commit that never arrived is told as unknown too, and the retry does it', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const session = await world.addSession(await world.addMember())
    const isCut = behind.proxy.cutBeforeQuestion()
    const answer = await endOn(behind.node, world, session.secret)
    await isCut
    expect(answer).toMatchObject({ outcome: 'failed', error: unknown })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
    expect(await endOn(behind.node, world, session.secret)).toMatchObject({ outcome: 'ended' })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('logout')
  })

  test('a write that is cut off before its commit was sent has not happened', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const member = await world.addMember()
    const secretHash = world.aSecret()
    const start = () => behind.node.startSession(world.aStart(world.aSession(member, { secretHash })))
    const isCut = behind.proxy.cutBeforeQuestion()
    await expect(start()).rejects.toMatchObject(nothingHappened)
    await isCut
    expect(await world.standing({ by: 'secret', hash: secretHash })).toBe('unknown')
    expect(await start()).toMatchObject({ outcome: 'started' })
  })

  test('a login whose commit is not acknowledged is told as unknown, not as refused', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const member = await world.addMember()
    const secretHash = world.aSecret()
    const isCut = behind.proxy.cutBeforeAnswer('COMMIT')
    await expect(behind.node.startSession(world.aStart(world.aSession(member, { secretHash })))).rejects.toMatchObject(
      unknown,
    )
    await isCut
    expect(await world.standing({ by: 'secret', hash: secretHash })).toBe('live')
  })

  test('D-17: a network that swallows everything is given up on, and nothing is held up for good', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world, { answerWithinMs: 300 })
    const session = await world.addSession(await world.addMember())
    behind.proxy.become('swallowing')
    const [checked, ended] = await Promise.allSettled([
      behind.node.check({ by: 'secret', hash: session.secret }),
      endOn(behind.node, world, session.secret),
    ])
    expect(checked).toMatchObject({ status: 'rejected', reason: nothingHappened })
    expect(ended).toMatchObject({ value: { outcome: 'failed', error: unknown } })
    behind.proxy.become('fair')
    behind.proxy.cut()
    expect(await behind.node.check({ by: 'secret', hash: session.secret })).toMatchObject({ ended: null })
    expect(await endOn(behind.node, world, session.secret)).toMatchObject({ outcome: 'ended' })
  })

  test('connections that the database itself closes are replaced', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const session = await world.addSession(await world.addMember())
    const sql = world.database.look()
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'adjourn'`
    // A connection may be found dead only by using it: then the call is refused, and the next one has a new one.
    const settled = await Promise.allSettled([
      behind.node.check({ by: 'secret', hash: session.secret }),
      behind.node.touchSession(session.id, world.clock.now()),
    ])
    for (const each of settled) if (each.status === 'rejected') expect(each.reason).toMatchObject(nothingHappened)
    expect(await behind.node.check({ by: 'secret', hash: session.secret })).toMatchObject({ ended: null })
    expect(await endOn(behind.node, world, session.secret)).toMatchObject({ outcome: 'ended' })
    await sql.end({ timeout: 1 })
  })

  test('a batch is undone as a whole by a cut, with everything that others in it asked for', async () => {
    await using world = await open()
    await using behind = await nodeBehindProxy(world)
    const member = await world.addMember()
    const session = await world.addSession(member)
    const before = await world.database.dump()
    const isCut = behind.proxy.cutBeforeQuestion()
    const [ended, started] = await Promise.allSettled([
      endOn(behind.node, world, session.secret),
      behind.node.startSession(world.aStart(world.aSession(member))),
    ])
    await isCut
    expect(ended).toMatchObject({ value: { outcome: 'failed', error: nothingHappened } })
    expect(started).toMatchObject({ status: 'rejected', reason: nothingHappened })
    expect(await world.database.dump()).toBe(before)
  })
})
