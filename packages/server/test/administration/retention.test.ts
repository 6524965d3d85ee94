import { expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { auditOf } from '../support/answers.ts'
import { day } from '../support/manual-clock.ts'
import { signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const keepFor = (server: TestServer, auditRetentionDays: number) =>
  administer(server, 'PATCH', '/site', { settings: { auditRetentionDays } })

test('A-07: records of the audit log are kept for 400 days, and deleted by the server itself after them', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  const begun = server.clock.now()
  const old = await auditOf(server)
  server.clock.advance(day)
  await signedInMember(server)
  const all = await auditOf(server)
  server.clock.set(begun + 400 * day)
  await server.reapNow()
  expect((await auditOf(server)).slice(0, all.length)).toEqual(all)
  server.clock.advance(1)
  await server.reapNow()
  const left = await auditOf(server)
  expect(left.slice(0, all.length - old.length)).toEqual(all.slice(old.length))
  // By then the session has ended, which is on record with the member's id: that is younger.
  const about = (await administer(server, 'GET', `/audit?memberId=${member.memberId}`)).json<{ records: unknown[] }>()
  expect(about.records).toMatchObject([{ event: 'session.ended' }])
})

test('A-07: how long they are kept is a setting, which counts for the records that there are', async () => {
  await using server = await startTestServer()
  await signedInMember(server)
  server.clock.advance(31 * day)
  await server.reapNow()
  const before = (await auditOf(server)).length
  await keepFor(server, 31)
  await server.reapNow()
  expect(await auditOf(server)).toHaveLength(before + 1)
  await keepFor(server, 30)
  await server.reapNow()
  expect((await auditOf(server)).map(({ event }) => event)).toEqual([
    'session.ended',
    'site.settings_changed',
    'site.settings_changed',
  ])
})

test('A-07: many records that are too old go in one pass, and logins go on meanwhile', async () => {
  await using server = await startTestServer()
  await server.contents.execute(`
    INSERT INTO audit (at, site_id, event, actor_kind, request_id, grants_ended, refresh_tokens_ended, notices_owed)
    WITH RECURSIVE each(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < 3000)
    SELECT ${server.clock.now()}, '${server.service.siteId}', 'keys.rotated', 'system', '', 0, 0, 0 FROM each`)
  await signedInMember(server)
  server.clock.advance(401 * day)
  const [, member] = await Promise.all([server.reapNow(), signedInMember(server)])
  const events = (await auditOf(server)).map(({ event }) => event)
  expect(events).not.toContain('keys.rotated')
  expect(events).toContain('session.started')
  expect((await send(`${server.url}/v1/sessions/current`, { headers: { cookie: member.cookie } })).status).toBe(200)
})

test('A-07: of an ended session nothing is left after thirty days but the hash of its end in the chain', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  await administer(server, 'DELETE', `/members/${member.memberId}/sessions`)
  const tables = ['session', 'client_grant', 'refresh_token', 'former_secret', 'revocation_log'] as const
  server.clock.advance(30 * day - 1)
  await server.reapNow()
  expect(await server.contents.count('session')).toBe(1)
  server.clock.advance(1)
  await server.reapNow()
  for (const table of [...tables, 'authorization_code', 'ticket', 'redirect_session'] as const) {
    expect([table, await server.contents.count(table)]).toEqual([table, 0])
  }
  expect(await server.contents.count('log_batch')).toBe(1)
})
