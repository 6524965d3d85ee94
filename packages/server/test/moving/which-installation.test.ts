/** A move, and the witness by which the database is known again at both places. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { endOf, withChild } from '../process/child.ts'
import { memberByForm } from '../process/members-of-child.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

interface Signed {
  readonly cookie: string
}

/** An installation in a file, with a witness at a place of its own, and an empty database to move it to. */
async function installation() {
  const directory = temporaryDirectory()
  const started = await server
  const database = await started.createDatabase('empty')
  const at = (url: string) => ({ ADJOURN_DATABASE_URL: url, ADJOURN_WITNESS: join(directory.path, 'witness') })
  const inFile = at('sqlite:./adjourn.db')
  const run = (...words: readonly string[]) =>
    endOf({ directory: directory.path, environment: inFile, arguments: words })
  return {
    path: join(directory.path, 'adjourn.db'),
    witness: () => JSON.parse(readFileSync(inFile.ADJOURN_WITNESS, 'utf8')),
    setWitness: (content: unknown) => writeFileSync(inFile.ADJOURN_WITNESS, JSON.stringify(content)),
    serving: <T>(where: 'file' | 'database', use: (url: string, signIn: () => Promise<Signed>) => Promise<T>) =>
      withChild(
        { directory: directory.path, environment: where === 'file' ? inFile : at(started.url(database)) },
        (url, child) => use(url, () => memberByForm(url, child)),
      ),
    run,
    move: () => run('move', '--to', started.url(database)),
    look: () => started.look(database),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  }
}

const statusOf = async (url: string, { cookie }: Signed) =>
  (await send(`${url}/v1/sessions/current`, { headers: { cookie } })).status

const logOut = async (url: string, { cookie }: Signed) => {
  const headers = { cookie, origin: url, 'sec-fetch-site': 'same-origin' }
  expect((await send(`${url}/v1/sessions/current`, { method: 'DELETE', headers })).status).toBe(204)
}

test('the installation is known at its new place by its witness, in the epoch that it was in, and is at home there', async () => {
  using moving = await installation()
  await moving.serving('file', async () => {})
  expect(await moving.run('epoch', 'keep')).toMatchObject({ code: 0 })
  const [live, over] = await moving.serving('file', async (url, signIn) => {
    const members = [await signIn(), await signIn()] as const
    await logOut(url, members[1])
    return members
  })
  const before = moving.witness()
  expect(before.epoch).toBe(2)
  const moved = await moving.move()
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' })

  await moving.serving('database', async (url) => {
    expect(await statusOf(url, live)).toBe(200)
    expect(await statusOf(url, over)).toBe(401)
  })
  const after = moving.witness()
  expect(after).toMatchObject({ installation: before.installation, epoch: 2, revocationLog: before.revocationLog })
  expect(after.timeline).toBeGreaterThan(0)
  const sql = moving.look()
  const [row] = await sql`SELECT id, epoch::int, copied_at, system_identifier, table_id FROM installation`
  await sql.end({ timeout: 1 })
  expect(row).toMatchObject({ id: before.installation, epoch: 2, copied_at: null })
  expect([row?.['system_identifier'], row?.['table_id']]).toEqual([expect.any(String), expect.any(String)])
  expect(await moving.run('start')).toMatchObject({ code: 78, stdout: '' })
})

test('D-18: a file that was put back is not moved, nor one whose witness cannot be read, until an operator decides', async () => {
  using moving = await installation()
  await moving.serving('file', async (_url, signIn) => void (await signIn()))
  cpSync(moving.path, `${moving.path}-kept`)
  await moving.serving('file', async (url, signIn) => logOut(url, await signIn()))
  const newest = moving.witness()
  cpSync(`${moving.path}-kept`, moving.path)
  const behind = await moving.move()
  expect(behind).toMatchObject({ code: 78 })
  expect(behind.stderr).toContain('has a revocation log up to 0 and the witness saw 1')
  moving.setWitness('none of ours')
  expect((await moving.move()).stderr).toContain('cannot be read')
  moving.setWitness(newest)
  expect(await moving.run('epoch', 'new')).toMatchObject({ code: 0 })
  expect(await moving.move()).toMatchObject({ code: 0, stderr: '' })
})

test('D-18: going back to the file begins an epoch of its own, above all that the new place was in', async () => {
  using moving = await installation()
  const member = await moving.serving('file', async (_url, signIn) => signIn())
  expect(await moving.move()).toMatchObject({ code: 0, stderr: '' })
  await moving.serving('database', async (url) => logOut(url, member))
  expect(await moving.run('move', '--undo')).toMatchObject({ code: 0, stderr: '' })
  expect(moving.witness()).toMatchObject({ epoch: 2 })
  await moving.serving('file', async (url, signIn) => {
    expect(await statusOf(url, member)).toBe(401)
    expect(await statusOf(url, await signIn())).toBe(200)
  })
})
