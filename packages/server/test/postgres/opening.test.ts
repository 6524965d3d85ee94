/** Which databases a node takes, and which it refuses. */
import { afterAll, describe, expect, test } from 'vitest'
import { Connection, UnsuitableDatabase } from '../../src/adapters/postgres/connection.ts'
import { ConnectionLost, StatementRefused } from '../../src/adapters/postgres/failures.ts'
import type { PostgresLocation } from '../../src/adapters/postgres/location.ts'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import { SchemaTooNew } from '../../src/adapters/stored/schema-too-new.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { ResettingServer } from '../support/resetting-server.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

function open(location: PostgresLocation) {
  return openPostgresStorage({ location, randomness: systemRandomness })
}

/** Runs a test on a database of its own. */
async function withDatabase(run: (started: PostgresServer, name: string) => Promise<void>): Promise<void> {
  const started = await server
  const name = await started.createDatabase()
  try {
    await run(started, name)
  } finally {
    await started.dropDatabase(name)
  }
}

/** Runs SQL as the test. */
async function alter(started: PostgresServer, name: string, sql: string): Promise<void> {
  const look = started.look(name)
  await look.unsafe(sql)
  await look.end({ timeout: 1 })
}

describe('opening a PostgreSQL database', () => {
  test('a database that a newer version wrote is refused and left alone', () =>
    withDatabase(async (started, name) => {
      const newest = await versionOf(started, name)
      await alter(started, name, 'UPDATE schema_version SET version = 4711, oldest_beside = 4711')
      await expect(open(started.location(name))).rejects.toThrow(SchemaTooNew)
      await alter(started, name, `UPDATE schema_version SET version = ${newest}, oldest_beside = ${newest}`)
      await (await open(started.location(name))).close()
    }))

  test('D-01: commits are durable whatever the database’s own default is', () =>
    withDatabase(async (started, name) => {
      await alter(started, name, `ALTER DATABASE ${name} SET synchronous_commit = off`)
      const look = started.look(name)
      expect(await look`SHOW synchronous_commit`).toMatchObject([{ synchronous_commit: 'off' }])
      await look.end({ timeout: 1 })
      const connection = await Connection.open(started.location(name))
      expect(await connection.rows('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }])
      await connection.close()
    }))

  test('a database that takes no writes is refused', () =>
    withDatabase(async (started, name) => {
      await alter(started, name, `ALTER DATABASE ${name} SET default_transaction_read_only = on`)
      await expect(open(started.location(name))).rejects.toThrow(ConnectionLost)
    }))

  test('of several hosts the first that lets us in is used', () =>
    withDatabase(async (started, name) => {
      await using refusing = await TcpProxy.start(started.port)
      refusing.become('refusing')
      const { hosts, ...location } = started.location(name)
      const here = { host: '127.0.0.1', port: refusing.port }
      const node = await open({ ...location, hosts: [here, { host: '127.0.0.1', port: 1 }, ...hosts] })
      expect(await node.logHead()).toMatchObject({ n: 0 })
      await node.close()
      await expect(open({ ...location, hosts: [here] })).rejects.toThrow(ConnectionLost)
    }))

  test('D-02: a connection that is reset as soon as it is made is a failure to connect, and not the end of the process', () =>
    withDatabase(async (started, name) => {
      await using resetting = await ResettingServer.start()
      const location = { ...started.location(name), hosts: [{ host: '127.0.0.1', port: resetting.port }] }
      // An error that nobody listens for ends the process, and here the whole run of the tests.
      for (let times = 0; times < 20; times += 1) await expect(open(location)).rejects.toThrow(ConnectionLost)
      expect(resetting.connections).toBe(20)
    }))

  test('a wrong password is told as such, without it', () =>
    withDatabase(async (started, name) => {
      const refused = await open({ ...started.location(name), password: 'hunter2' }).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(StatementRefused)
      expect(String(refused)).toContain('password authentication failed')
      expect(`${String(refused)} ${JSON.stringify(refused)}`).not.toContain('hunter2')
    }))

  test('D-01: a server that does not sync is refused', () =>
    withDatabase(async (started, name) => {
      await setFsync(started, name, 'off')
      await expect(open(started.location(name))).rejects.toThrow(UnsuitableDatabase)
      await setFsync(started, name, 'on')
      await (await open(started.location(name))).close()
    }))
})

async function versionOf(started: PostgresServer, name: string): Promise<number> {
  const look = started.look(name)
  const [row] = await look`SELECT version FROM schema_version`
  await look.end({ timeout: 1 })
  return Number(row?.['version'])
}

/** Sets it for the whole server; resolves when new connections see it. */
async function setFsync(started: PostgresServer, name: string, value: 'on' | 'off'): Promise<void> {
  const look = started.look(name)
  await look.unsafe(`ALTER SYSTEM SET fsync = ${value}`)
  await look`SELECT pg_reload_conf()`
  while ((await look`SHOW fsync`)[0]?.['fsync'] !== value);
  await look.end({ timeout: 1 })
}
