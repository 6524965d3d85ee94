/** What an operator does with the files of an installation, and what becomes of sessions that were ended meanwhile. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { DatabaseInUse } from '../../src/adapters/sqlite/open-database.ts'
import { UnreadableWitness } from '../../src/ports/witness.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { auditOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  loginTicket,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { changePassword } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, type TestServer } from '../support/test-server.ts'
import { Installed } from './installed.ts'
import { everythingHandedOut, expectAllDead, expectDeadVisitor, logOut, misfitsAtStart } from './what-restores-show.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const refusalOf = (installed: Installed) => misfitsAtStart(() => installed.start())

const orderBackup = (server: TestServer, key = administratorKey) =>
  send(`${server.url}/admin/v1/backups`, { method: 'POST', headers: { authorization: `Bearer ${key}` } })

test('D-18: after a restore nobody is let in until a new epoch, and then by nothing that was handed out before', async () => {
  using installed = new Installed()
  const before = await installed.serving(async (server) => {
    const loggedOut = await signedInMember(server)
    const stays = await everythingHandedOut(server)
    const backup = await installed.run('backup', installed.beside('kept.db'))
    expect([backup.code, backup.stderr]).toEqual([0, ''])
    expect(backup.stdout).toContain(installed.beside('kept.db'))
    await logOut(server, loggedOut.cookie)
    return { loggedOut, stays }
  })

  for (const rest of ['', '-wal', '-shm']) rmSync(`${installed.path}${rest}`, { force: true })
  expect(await installed.run('restore', installed.beside('kept.db'))).toMatchObject({ code: 0, stderr: '' })
  expect(await refusalOf(installed)).toEqual(['copy', 'log_behind'])
  const refused = await installed.run('start')
  expect(refused).toMatchObject({ code: 78, stdout: '' })
  for (const words of ['is a copy', 'adjourn epoch new', 'adjourn epoch keep']) expect(refused.stderr).toContain(words)

  const decided = await installed.run('epoch', 'new')
  expect([decided.code, decided.stderr]).toEqual([0, ''])
  expect(decided.stdout).toContain('Epoch 2 begins: every session, grant and token from before is ended')
  await installed.serving(async (server) => {
    expect(await acceptedOf(server, before.loggedOut)).toEqual([])
    await expectAllDead(server, before.stays)
    const log = await readWholeLog(server.service.storage)
    expect(problemOfLog(log)).toBeUndefined()
    expect(log.entries.at(-1)).toMatchObject({ kind: 'site', cause: 'restored', actor: { kind: 'system' } })
    const events = (await auditOf(server)).slice(-2)
    expect(events.map(({ event, cause }) => [event, cause])).toEqual([
      ['site.generation_raised', 'restored'],
      ['epoch.started', null],
    ])
    const again = await loginTicket(server, before.loggedOut.email)
    expect(await authorizeWithTicket(server, again)).toMatchObject({ cookie: expect.any(String) })
    expect(await acceptedOf(server, await signedInMember(server))).toEqual(everythingAccepted)
  })
  expect(await refusalOf(installed)).toEqual([])
})

test('D-18: a file that was copied by hand and put back is refused, as its log is behind the witness', async () => {
  using installed = new Installed()
  const member = await installed.serving(signedInMember)
  cpSync(installed.path, installed.beside('by-hand.db'))
  await installed.serving((server) => logOut(server, member.cookie))
  installed.putBack(installed.beside('by-hand.db'))
  expect(await refusalOf(installed)).toEqual(['log_behind'])
  // Being refused changes nothing.
  expect(await refusalOf(installed)).toEqual(['log_behind'])
  expect(await installed.run('epoch', 'new')).toMatchObject({ code: 0 })
  await installed.serving(async (server) => expect(await acceptedOf(server, member)).toEqual([]))
})

test('D-18: a file of before a process that was killed is refused as well', async () => {
  using installed = new Installed()
  await installed.serving(async (server) => {
    const member = await signedInMember(server)
    const backup = await orderBackup(server)
    await logOut(server, member.cookie)
    // The witness follows by itself, without a stop and without a request that waits for it.
    while (!readFileSync(installed.witness, 'utf8').includes('"revocationLog":{"n":1,')) {
      await new Promise(setImmediate)
    }
    cpSync(backup.json<{ path: string }>().path, installed.beside('unmarked.db'))
    cpSync(installed.witness, installed.beside('witness'))
  })
  cpSync(installed.beside('witness'), installed.witness)
  unmark(installed.beside('unmarked.db'))
  installed.putBack(installed.beside('unmarked.db'))
  expect(await refusalOf(installed)).toEqual(['log_behind'])
})

test('D-18: an old file is refused also where only a password was changed since', async () => {
  using installed = new Installed()
  const member = await installed.serving(signedInMember)
  cpSync(installed.path, installed.beside('by-hand.db'))
  await installed.serving(async (server) => {
    expect((await changePassword(server, member.accessToken, 'another passphrase of ada')).status).toBe(200)
  })
  installed.putBack(installed.beside('by-hand.db'))
  expect(await refusalOf(installed)).toEqual(['audit_behind'])
})

test('D-18: a waiver takes the file as it is, ends nothing, and is on record', async () => {
  using installed = new Installed()
  const member = await installed.serving(signedInMember)
  cpSync(installed.path, installed.beside('by-hand.db'))
  await installed.serving((server) => logOut(server, member.cookie))
  installed.putBack(installed.beside('by-hand.db'))
  const kept = await installed.run('epoch', 'keep')
  expect([kept.code, kept.stdout]).toEqual([0, expect.stringContaining('Epoch 2 begins, and nothing was ended')])
  await installed.serving(async (server) => {
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    expect((await auditOf(server)).filter(({ event }) => event.startsWith('epoch.'))).toMatchObject([
      { event: 'epoch.kept', actor: { kind: 'system' } },
    ])
  })
})

test('D-18: a backup that is opened elsewhere is refused, also where nothing was ended since', async () => {
  using installed = new Installed()
  using elsewhere = new Installed()
  await installed.serving(async (server) => {
    await signedInMember(server)
    cpSync((await orderBackup(server)).json<{ path: string }>().path, elsewhere.path)
  })
  expect(await refusalOf(elsewhere)).toEqual(['copy'])
})

test('D-18: a file that comes to another machine is refused without its witness, and served with it', async () => {
  using installed = new Installed()
  using elsewhere = new Installed()
  const member = await installed.serving(signedInMember)
  cpSync(installed.path, elsewhere.path)
  expect(await refusalOf(elsewhere)).toEqual(['witness_missing'])
  cpSync(installed.witness, elsewhere.witness)
  await elsewhere.serving(async (server) => expect(await acceptedOf(server, { cookie: member.cookie })).not.toEqual([]))
})

test('D-18: the file of another installation is refused, and so is one from before the last decision', async () => {
  using installed = new Installed()
  using other = new Installed()
  await installed.serving(signedInMember)
  await other.serving(signedInMember)
  cpSync(installed.path, installed.beside('by-hand.db'))
  installed.putBack(other.path)
  expect(await refusalOf(installed)).toEqual(['other_installation'])
  installed.putBack(installed.beside('by-hand.db'))
  expect(await installed.run('epoch', 'new')).toMatchObject({ code: 0 })
  installed.putBack(installed.beside('by-hand.db'))
  expect(await refusalOf(installed)).toEqual(['earlier_epoch'])
})

test('D-18: a witness that cannot be read is told as such, and decided about like one that does not fit', async () => {
  using installed = new Installed()
  await installed.serving(signedInMember)
  for (const content of ['', '{"installation":', '{"installation":1}', 'null']) {
    writeFileSync(installed.witness, content)
    await expect(installed.start()).rejects.toThrow(UnreadableWitness)
  }
  const refused = await installed.run()
  expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining(installed.witness)])
  expect(refused.stderr).toContain('adjourn epoch keep')
  expect(await installed.run('epoch', 'keep')).toMatchObject({ code: 0 })
  expect(await refusalOf(installed)).toEqual([])
})

test('an empty database is not begun where a witness says that there was another', async () => {
  using installed = new Installed()
  await installed.serving(signedInMember)
  rmSync(installed.path)
  expect(await refusalOf(installed)).toEqual(['audit_behind'])
  rmSync(installed.path)
  rmSync(installed.witness)
  expect(await refusalOf(installed)).toEqual([])
})

test('D-18: what a lost database handed out under later generations is dead as well', async () => {
  using installed = new Installed()
  await installed.serving(signedInMember)
  cpSync(installed.path, installed.beside('by-hand.db'))
  const visitor = await installed.serving(async (server) => {
    for (let times = 0; times < 3; times += 1) {
      const headers = { authorization: `Bearer ${administratorKey}` }
      await send(`${server.url}/admin/v1/sessions`, { method: 'DELETE', headers })
    }
    return visitorTokens(server)
  })
  installed.putBack(installed.beside('by-hand.db'))
  expect(await installed.run('epoch', 'new')).toMatchObject({ code: 0 })
  await installed.serving(async (server) => {
    await expectDeadVisitor(server, visitor)
  })
})

test('a backup of a busy server is whole, private, marked, and under its name only when it is complete', async () => {
  using installed = new Installed()
  const { path, ended } = await installed.serving(async (server) => {
    const members = await Promise.all(Array.from({ length: 4 }, () => signedInMember(server)))
    const making = orderBackup(server)
    const busy = members.map(({ cookie }) => logOut(server, cookie))
    const answer = await making
    await Promise.all(busy)
    expect(answer.status).toBe(200)
    return { path: answer.json<{ path: string }>().path, ended: (await server.service.storage.logHead()).n }
  })
  expect(ended).toBe(4)
  expect(readdirSync(installed.backups)).toEqual([basename(path)])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const backup = new DatabaseSync(path)
  expect(backup.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  expect(backup.prepare('SELECT copied_at IS NOT NULL AS marked FROM installation').get()).toEqual({ marked: 1 })
  backup.close()
})

test('D-18: a backup that is killed on its way leaves none of its name, and nothing that could be served', async () => {
  using installed = new Installed()
  await installed.serving(signedInMember)
  grow(installed.path)
  const whole = statSync(installed.path).size
  for (const share of [0.1, 0.6, 1]) {
    const path = installed.beside(`killed-${share}.db`)
    const child = installed.begin('backup', path)
    while (sizeOf(`${path}.partial`) < share * whole && !existsSync(path)) await new Promise(setImmediate)
    child.kill('SIGKILL')
    await child.exited
    if (existsSync(path)) {
      // It was faster: then it is whole, and marked.
      expect(sizeOf(path)).toBe(whole)
      rmSync(`${path}.partial`, { force: true })
    }
    using elsewhere = new Installed()
    for (const suffix of ['', '-journal']) {
      const left = `${existsSync(path) ? path : `${path}.partial`}${suffix}`
      if (existsSync(left)) cpSync(left, `${elsewhere.path}${suffix}`)
    }
    const members = await elsewhere.serving(countMembers).catch(() => 'refused')
    // What had come to nothing is an empty database; what had come to something is no usable one.
    expect([0, 'refused']).toContain(members)
  }
})

test('a backup is made for administrators only, and says nothing of what is in it', async () => {
  using installed = new Installed()
  await installed.serving(async (server) => {
    expect((await orderBackup(server, 'adj_admin_wrong')).status).toBe(401)
    expect((await send(`${server.url}/admin/v1/backups`, { method: 'POST' })).status).toBe(401)
    expect(readdirSync(installed.beside(''))).not.toContain('backups')
    const answer = await orderBackup(server)
    expect(Object.keys(answer.json())).toEqual(['path', 'createdDate'])
  })
})

test('the order of a backup is on record, with the administrator key that asked, also in the backup itself', async () => {
  using installed = new Installed()
  await installed.serving(async (server) => {
    const answer = await orderBackup(server)
    const record = (await auditOf(server)).at(-1)
    expect(record).toMatchObject({
      event: 'backup.ordered',
      actor: { kind: 'administrator', id: expect.any(String) },
      requestId: answer.headers['x-wix-request-id'],
    })
    const backup = new DatabaseSync(answer.json<{ path: string }>().path)
    expect(backup.prepare('SELECT n, event FROM audit ORDER BY n DESC LIMIT 1').get()).toEqual({
      n: record?.n,
      event: record?.event,
    })
    backup.close()
  })
})

test('a backup whose order cannot be recorded is not made', async () => {
  using installed = new Installed()
  await installed.serving(async (server) => {
    server.database.exec(`
      CREATE TEMP TRIGGER no_audit BEFORE INSERT ON main.audit BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
    expect((await orderBackup(server)).status).toBe(503)
    server.database.exec('DROP TRIGGER temp.no_audit')
    expect(readdirSync(installed.beside(''))).not.toContain('backups')
  })
})

test('a backup without a server leaves the database as it is, and says what it cannot do', async () => {
  using installed = new Installed()
  await installed.serving(signedInMember)
  const before = readFileSync(installed.path)
  const made = await installed.run('backup')
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(readdirSync(installed.backups)).toHaveLength(1)
  expect(readFileSync(installed.path).equals(before)).toBe(true)
  const [name = ''] = readdirSync(installed.backups)
  const again = await installed.run('backup', join(installed.backups, name))
  expect([again.code, again.stderr]).toEqual([69, expect.stringContaining('something of that name')])
  rmSync(installed.path)
  expect(await installed.run('backup')).toMatchObject({ code: 69 })
  expect(await installed.run('epoch', 'new')).toMatchObject({ code: 69 })
  expect(await installed.run('epoch', 'perhaps')).toMatchObject({ code: 64 })
  expect(readdirSync(installed.beside(''))).not.toContain('adjourn.db')
})

test('a restore replaces nothing, takes no half file, and is not misled by what lies beside', async () => {
  using installed = new Installed()
  await installed.serving(signedInMember)
  await installed.run('backup', installed.beside('kept.db'))
  const over = await installed.run('restore', installed.beside('kept.db'))
  expect([over.code, over.stderr]).toEqual([69, expect.stringContaining('something of that name')])
  renameSync(installed.path, installed.beside('away.db'))
  writeFileSync(`${installed.path}-wal`, 'of another database')
  const beside = await installed.run('restore', installed.beside('kept.db'))
  expect([beside.code, beside.stderr]).toEqual([69, expect.stringContaining('adjourn.db-wal')])
  rmSync(`${installed.path}-wal`)
  writeFileSync(installed.beside('half.db'), readFileSync(installed.beside('kept.db')).subarray(0, 20_000))
  for (const name of ['half.db', 'adjourn.db-witness', 'missing.db']) {
    expect(await installed.run('restore', installed.beside(name))).toMatchObject({ code: 69 })
  }
  expect(readdirSync(installed.beside('')).filter((name) => name.startsWith('adjourn.db'))).toEqual([
    'adjourn.db-witness',
  ])
})

test('while a server holds the file no epoch can begin', async () => {
  using installed = new Installed()
  await installed.serving(async () => {
    const refused = await installed.run('epoch', 'new')
    expect([refused.code, refused.stderr]).toEqual([69, expect.stringContaining('another process is using it')])
    await expect(installed.start({ ADJOURN_PORT: '0' })).rejects.toThrow(DatabaseInUse)
  })
})

/** Makes a database large enough for a backup to take a while. */
function grow(path: string): void {
  const file = new DatabaseSync(path)
  file.exec(`
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 8000)
    INSERT INTO redirect_session SELECT randomblob(32), hex(randomblob(500)), n, n FROM c`)
  file.close()
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? -1

const countMembers = async (server: TestServer) =>
  Number(server.database.prepare('SELECT count(*) AS members FROM member').get()?.['members'])

/** Makes of a backup what a copy by hand would have been. */
function unmark(path: string): void {
  const file = new DatabaseSync(path)
  file.exec('UPDATE installation SET copied_at = NULL')
  file.close()
}
