/** Another database answers where the one was that a node opened: a copy, an older state, or another installation. */
import { afterAll, describe, expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import type { SiteId } from '../../src/domain/ids.ts'
import type { Storage } from '../../src/ports/storage.ts'
import { type World, worldOpener } from '../storage-conformance/world.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresTestDatabase } from '../support/postgres-test-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const open = worldOpener(async (options) => PostgresTestDatabase.create(await server, options))
type PostgresWorld = World<PostgresTestDatabase>

/** A node that has opened a world's database through a network that can lead it to another one. */
async function nodeOf(world: PostgresWorld) {
  const started = world.database.server
  const proxy = await TcpProxy.start(started.port)
  const node = await world.database.openAnother({ port: proxy.port })
  const sql = started.look('postgres')
  return {
    node,
    /** Keeps a copy of the database as it is now. Gives its name. */
    copy: async () => {
      const name = `copy_of_${world.database.name}`
      await disconnected(async () => void (await sql.unsafe(`CREATE DATABASE ${name} TEMPLATE ${world.database.name}`)))
      return name
    },
    /** Runs something while another database answers under the name of the one that was opened. */
    inPlaceOf: async (name: string, run: () => Promise<void>) => {
      const rename = (from: string, to: string) => sql.unsafe(`ALTER DATABASE ${from} RENAME TO ${to}`)
      await disconnected(async () => {
        await rename(world.database.name, 'away')
        await rename(name, world.database.name)
      })
      try {
        await run()
      } finally {
        await disconnected(async () => {
          await rename(world.database.name, name)
          await rename('away', world.database.name)
        })
      }
    },
    [Symbol.asyncDispose]: async () => {
      await node.close()
      await proxy[Symbol.asyncDispose]()
      await sql.end({ timeout: 1 })
    },
  }

  /** Databases are copied and renamed while nobody uses them. */
  async function disconnected(run: () => Promise<void>): Promise<void> {
    proxy.become('refusing')
    proxy.cut()
    await sql`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname LIKE '%test_%'`
    await run()
    proxy.become('fair')
  }
}

/** A database with another site. Gives its name. */
async function anotherInstallation(world: PostgresWorld): Promise<string> {
  const { server: started } = world.database
  const name = await started.createDatabase()
  const storage = await openPostgresStorage({ location: started.location(name), randomness: world.randomness })
  const site = { ...world.site, id: world.randomness.guid() as SiteId }
  await storage.createSite({ ...world.first, site, client: { ...world.client, siteId: site.id } })
  await storage.close()
  return name
}

async function endOne(node: Storage, world: PostgresWorld): Promise<void> {
  const member = world.aMember()
  const secretHash = world.aSecret()
  const session = world.aSession(member, { secretHash })
  await node.registerMember({ ...world.asked(), member, session })
  const [answer] = await node.endSessions([world.anEnd({ by: 'secret', hash: secretHash })])
  expect(answer).toMatchObject({ outcome: 'ended' })
}

const notTheOne = (because: RegExp) => ({
  name: 'StorageUnavailable',
  outcome: 'nothing_happened',
  message: expect.stringMatching(because),
})

describe('the database that a node has opened', () => {
  test('D-17: it is told from the database of another installation, and known again', async () => {
    await using world = await open()
    await using opened = await nodeOf(world)
    const other = await anotherInstallation(world)
    await opened.node.ping()
    await opened.inPlaceOf(other, async () => {
      await expect(opened.node.ping()).rejects.toMatchObject(notTheOne(/its site is another one/))
    })
    await opened.node.ping()
  })

  test('D-17: it is told from its own state of before, and known again', async () => {
    await using world = await open()
    await using opened = await nodeOf(world)
    await endOne(opened.node, world)
    const copy = await opened.copy()
    await endOne(opened.node, world)
    await opened.node.ping()
    await opened.inPlaceOf(copy, async () => {
      await expect(opened.node.ping()).rejects.toMatchObject(notTheOne(/its log ends at 1 and was seen at 2/))
      // Also once its log has grown past what was seen: it is another log.
      await endOne(opened.node, world)
      await endOne(opened.node, world)
      await expect(opened.node.ping()).rejects.toMatchObject(notTheOne(/its log is another one up to 2/))
    })
    await opened.node.ping()
  })

  test('a copy that has all that was seen is as good as the original', async () => {
    await using world = await open()
    await using opened = await nodeOf(world)
    await endOne(opened.node, world)
    await opened.node.ping()
    const copy = await opened.copy()
    await opened.inPlaceOf(copy, async () => {
      await opened.node.ping()
      await endOne(opened.node, world)
      await opened.node.ping()
    })
  })
})
