import { afterAll, describe, expect, inject, test } from 'vitest'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { acceptedOf, authorizeQuery, everythingAccepted, password, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'
import type { FragileDatabase } from './fragile-database.ts'
import { badDaysOnPostgres } from './on-postgres.ts'
import { badDaysOnSqlite } from './on-sqlite.ts'
import { membersAboutToLeave } from './ways-out.ts'

const badDays = inject('databaseKind') === 'PostgreSQL' ? await badDaysOnPostgres() : badDaysOnSqlite
afterAll(() => badDays[Symbol.asyncDispose]())

function startOn({ database }: FragileDatabase): Promise<TestServer> {
  return startTestServer({ database, decorateHasher: quickHasher })
}

/** How many ends are on record. */
function recordsOf({ contents }: TestServer): Promise<number> {
  return contents.count('revocation_log')
}

/** A logout that did not happen: said plainly, and nothing that would make it look like one. */
function expectNotSignedOut({ status, headers, setCookies, text }: Received, way: string): void {
  expect(status, way).toBe(503)
  expect(Number(headers['retry-after']), way).toBeGreaterThan(0)
  expect(headers['cache-control'], way).toBe('no-store')
  expect(setCookies, way).toEqual([])
  for (const name of ['location', 'clear-site-data', 'www-authenticate']) expect(headers, way).not.toHaveProperty(name)
  expect(text, way).not.toMatch(/signed out\.|You are signed out|See you/)
}

describe.each(badDays.damages)('while the database is $what', ({ what, canRead, everyWay }) => {
  test('D-02: every way to log out answers 503, keeps the cookie and sends nobody on; once it is mended a retry succeeds, with one record', async () => {
    await using fragile = await badDays.newDatabase()
    await using server = await startOn(fragile)
    const leaving = await membersAboutToLeave(server, everyWay ? 'every' : 'few')
    const bystander = await signedInMember(server)
    const mend = await fragile.damage(what, server)
    const records = canRead ? await recordsOf(server) : 0

    for (const { way, answered, leave } of leaving) {
      const answer = await leave()
      expectNotSignedOut(answer, way)
      if (answered === 'person') {
        expect(answer.headers['content-type'], way).toBe('text/html; charset=utf-8')
        expect(answer.text, way).toContain('You are NOT signed out')
        expect(answer.text, way).toContain('Try again')
      } else {
        const { description } = answer.json<{ details: { applicationError: { description: string } } }>().details
          .applicationError
        expect(description, way).toBe('This did not complete, as the database does not answer: nothing was changed')
      }
    }
    // A raised generation is one small row, which the room that is left may hold.
    const everyone = canRead
      ? undefined
      : await send(`${server.url}/admin/v1/sessions`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${administratorKey}` },
        })
    if (everyone !== undefined) expectNotSignedOut(everyone, 'the administrator')

    await mend()
    const before = await recordsOf(server)
    if (canRead) expect(before).toBe(records)
    for (const { way, member } of leaving) expect(await acceptedOf(server, member), way).toEqual(everythingAccepted)
    for (const { way, member, leave } of leaving) {
      expect([200, 204, 302], way).toContain((await leave()).status)
      expect(await acceptedOf(server, member), way).toEqual([])
    }
    expect((await recordsOf(server)) - before).toBe(leaving.length)
    expect(await acceptedOf(server, bystander)).toEqual(everythingAccepted)
    expect(problemOfLog(await readWholeLog(server.service.storage))).toBeUndefined()
  })

  test('D-17: checks answer 503 and never "signed out"; health tells alive from ready; afterwards the same credentials work', async () => {
    await using fragile = await badDays.newDatabase()
    await using server = await startOn(fragile)
    const member = await signedInMember(server)
    const { accessToken, refreshToken, cookie, email } = member
    const mend = await fragile.damage(what, server)

    const reads: Readonly<Record<string, readonly [path: string, sent: Sent]>> = {
      'session by token': ['/v1/sessions/current', { headers: { authorization: accessToken } }],
      'session by cookie': ['/v1/sessions/current', { headers: { cookie } }],
      'token info': ['/oauth2/token-info', { json: { token: accessToken } }],
      'token info of a refresh token': ['/oauth2/token-info', { json: { token: refreshToken } }],
      'user info': ['/oauth2/user-info', { headers: { authorization: accessToken } }],
      readiness: ['/readyz', {}],
      refresh: ['/oauth2/token', { json: { grantType: 'refresh_token', refreshToken } }],
    }
    const writes: Readonly<Record<string, readonly [path: string, sent: Sent]>> = {
      login: ['/v2/login', { json: { loginId: { email }, password } }],
      'silent login': [`/oauth2/authorize?${authorizeQuery(server.client)}`, { headers: { cookie } }],
      'change of password': [
        '/v2/change-password',
        { headers: { authorization: accessToken, cookie }, json: { newPassword: 'another long passphrase' } },
      ],
    }
    for (const [name, [address, sent]] of Object.entries({ ...reads, ...(canRead ? {} : writes) })) {
      const answer = await send(`${server.url}${address}`, sent)
      if (canRead) {
        expect(answer.status, name).toBe(200)
        continue
      }
      expectNotSignedOut(answer, name)
      expect(answer.text, name).not.toMatch(/"active"|login_required|invalid_grant|UNAUTHENTICATED/)
    }
    const alive = await send(`${server.url}/healthz`)
    expect([alive.status, alive.json()]).toEqual([200, { status: 'ok' }])

    await mend()
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    expect((await send(`${server.url}/readyz`)).status).toBe(200)
    expect((await send(`${server.url}/v2/login`, writes['login']?.[1])).status).toBe(200)
  })
})

test('D-02: a database that was deleted for good is not replaced by an empty one, and the server goes on saying so', async () => {
  await using fragile = await badDays.newDatabase()
  await using server = await startOn(fragile)
  const [first] = await membersAboutToLeave(server, 'few')
  if (first === undefined) throw new Error('There is no way out')
  await fragile.remove()
  for (let attempt = 0; attempt < 5; attempt += 1) {
    expectNotSignedOut(await first.leave(), 'after it was deleted')
    expect((await send(`${server.url}/readyz`)).status).toBe(503)
    expect((await send(`${server.url}/healthz`)).status).toBe(200)
  }
})

for (const reached of [true, false]) {
  test(`D-03: when a commit fails, which ${reached ? 'had' : 'had not'} reached the database, the answer is 503 and "not confirmed", and a retry ends in success with one record`, async () => {
    await using fragile = await badDays.newDatabase()
    await using server = await startOn(fragile)
    const leaving = await membersAboutToLeave(server, 'few')
    for (const { way, answered, member, leave } of leaving) {
      fragile.failNextCommit(reached)
      const answer = await leave()
      expect(answer.status, way).toBe(503)
      expectNotSignedOut(answer, way)
      expect(answer.text, way).toContain(
        answered === 'person'
          ? 'Your sign-out is not confirmed'
          : 'This is not confirmed, as the database did not answer the commit',
      )
      expect([200, 204, 302], way).toContain((await leave()).status)
      expect(await acceptedOf(server, member), way).toEqual([])
    }
    const log = await readWholeLog(server.service.storage)
    expect(problemOfLog(log)).toBeUndefined()
    const ended = log.entries.map(({ sessionId }) => sessionId)
    expect(new Set(ended).size).toBe(ended.length)
    expect(ended.length).toBe(leaving.length)
  })
}

test('D-02: what was acknowledged before and after a bad day is still ended when the server starts again', async () => {
  await using fragile = await badDays.newDatabase()
  const held: { readonly cookie: string; readonly refreshToken: string }[] = []
  {
    await using server = await startOn(fragile)
    const leaving = await membersAboutToLeave(server, 'few')
    const half = leaving.length / 2
    for (const { leave } of leaving.slice(0, half)) await leave()
    for (const { what } of badDays.damages.filter(({ canRead }) => !canRead)) {
      const mend = await fragile.damage(what, server)
      for (const { leave } of leaving.slice(half)) expect((await leave()).status).toBe(503)
      await mend()
    }
    for (const { leave } of leaving.slice(half)) await leave()
    held.push(...leaving.map(({ member }) => member))
  }
  await using server = await startOn(fragile)
  for (const { cookie, refreshToken } of held) expect(await acceptedOf(server, { cookie, refreshToken })).toEqual([])
})
