import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditEvents } from '../../src/domain/audit-events.ts'
import type { Cause } from '../../src/domain/cause.ts'
import type { AuditRecord } from '../../src/ports/storage.ts'
import { administer } from '../support/administer.ts'
import { auditOf } from '../support/answers.ts'
import { day, minute } from '../support/manual-clock.ts'
import {
  authorizeWithCookie,
  authorizeWithTicket,
  exchange,
  loginByForm,
  loginTicket,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { changePassword, presentCode } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { sessionsPerMember: 3 } })
})
afterAll(() => server.close())

type Member = Awaited<ReturnType<typeof signedInMember>>

interface Ended {
  /** Does it; gives the answer of the request that did, or nothing where the server did it by itself. */
  readonly by: (member: Member) => Promise<Received | undefined>
  readonly event?: 'session.ended' | 'grant.ended'
  readonly actor: 'member' | 'administrator' | 'system'
  readonly counts: Pick<AuditRecord, 'grantsEnded' | 'refreshTokensEnded'>
}

const one = { grantsEnded: 1, refreshTokensEnded: 1 }
const none = { grantsEnded: 0, refreshTokensEnded: 0 }
const alone = async (work: () => Promise<unknown>): Promise<undefined> => void (await work())

/** What is ended by what in this version; a cause that nothing has yet names nothing. */
const ends: Readonly<Record<Cause, Ended | 'elsewhere'>> = {
  logout: {
    by: ({ accessToken: authorization }) => send(`${server.url}/v1/logout`, { headers: { authorization } }),
    actor: 'member',
    counts: one,
  },
  logout_everywhere: {
    by: ({ accessToken: authorization }) =>
      send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization } }),
    actor: 'member',
    counts: one,
  },
  logout_others: {
    by: async ({ email }) => {
      const { code } = await authorizeWithTicket(server, await loginTicket(server, email))
      const { accessToken: authorization } = await exchange(server, code)
      return send(`${server.url}/v1/sessions?except=current`, { method: 'DELETE', headers: { authorization } })
    },
    actor: 'member',
    counts: one,
  },
  idle: { by: () => alone(() => passing(31 * day)), actor: 'system', counts: one },
  expired: {
    by: ({ cookie }) =>
      alone(async () => {
        for (let days = 0; days < 180; days += 20) {
          server.clock.advance(20 * day)
          await send(`${server.url}/v1/sessions/current`, { headers: { cookie } })
          await server.quiet()
        }
        await passing(0)
      }),
    actor: 'system',
    counts: one,
  },
  unclaimed: {
    by: ({ email }) =>
      alone(async () => {
        await loginTicket(server, email)
        await passing(11 * minute)
      }),
    actor: 'system',
    counts: none,
  },
  admin: {
    by: ({ memberId }) => administer(server, 'DELETE', `/members/${memberId}/sessions`),
    actor: 'administrator',
    counts: one,
  },
  blocked: {
    by: ({ memberId }) => administer(server, 'POST', `/members/${memberId}/block`),
    actor: 'administrator',
    counts: one,
  },
  deleted: {
    by: ({ memberId }) => administer(server, 'DELETE', `/members/${memberId}`),
    actor: 'administrator',
    counts: one,
  },
  password_changed: {
    by: async ({ email }) => {
      const { code } = await authorizeWithTicket(server, await loginTicket(server, email))
      const { accessToken } = await exchange(server, code)
      return changePassword(server, accessToken, 'quite another passphrase')
    },
    actor: 'member',
    counts: one,
  },
  capacity: {
    by: ({ email }) =>
      alone(async () => {
        for (let count = 0; count < 3; count += 1) await loginTicket(server, email)
      }),
    actor: 'system',
    counts: one,
  },
  replaced: {
    by: ({ cookie }) => alone(async () => loginByForm(server, (await registerMember(server)).email, { cookie })),
    actor: 'member',
    counts: one,
  },
  reuse_detected: {
    by: async ({ cookie }) => {
      const client = await server.addClient()
      const code = await authorizeWithCookie(server, cookie, client)
      await exchange(server, code, client)
      return presentCode(server, code, { clientId: client.id })
    },
    event: 'grant.ended',
    actor: 'system',
    counts: one,
  },
  // Shown by the tests of clients, of recovery and of restoring; the others are of features that are not there.
  client_disabled: 'elsewhere',
  password_reset: 'elsewhere',
  restored: 'elsewhere',
  device: 'elsewhere',
  factor_changed: 'elsewhere',
  revoked: 'elsewhere',
  signal: 'elsewhere',
  upstream: 'elsewhere',
}

async function passing(ms: number): Promise<void> {
  server.clock.advance(ms)
  await server.reapNow()
}

const shown = Object.entries(ends).filter((entry): entry is [string, Ended] => entry[1] !== 'elsewhere')

test.each(shown)('A-02: the record of an end by %s is whole', async (cause, { by, event, actor, counts }) => {
  const member = await signedInMember(server)
  const since = (await auditOf(server)).at(-1)?.n ?? 0
  const answer = await by(member)
  await server.quiet()
  const records = (await auditOf(server)).filter(
    ({ n, memberId, cause: why }) => n > since && memberId === member.memberId && why === cause,
  )
  expect(records).toHaveLength(1)
  const [record] = records as [AuditRecord]
  const names: readonly string[] = auditEvents[record.event].names
  expect(record).toEqual({
    n: expect.any(Number),
    at: server.clock.now(),
    siteId: server.service.siteId,
    event: event ?? 'session.ended',
    cause,
    actor: actor === 'system' ? { kind: 'system' } : { kind: actor, id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    memberId: member.memberId,
    sessionId: expect.any(Number),
    clientId: names.includes('client') ? expect.stringMatching(/^[0-9a-f-]{36}$/) : null,
    keyId: null,
    requestId: answer?.headers['x-wix-request-id'] ?? expect.stringMatching(/^[0-9a-f-]{36}$/),
    ...counts,
    noticesOwed: 0,
  })
  expect(Number.isSafeInteger(record.at)).toBe(true)
  if (actor === 'member') expect(record.actor).toEqual({ kind: 'member', id: member.memberId })
})

test('A-02: what an end owes to clients is counted in its record', async () => {
  const client = await server.addClient({
    backchannelLogoutUri: 'https://shop.example/backchannel',
    logoutUrl: 'https://shop.example/goodbye',
  })
  const { sessionToken, memberId } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, sessionToken, { client })
  const { accessToken } = await exchange(server, code, client)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  const record = (await auditOf(server)).findLast((each) => each.memberId === memberId)
  expect(record).toMatchObject({ event: 'session.ended', grantsEnded: 1, refreshTokensEnded: 1, noticesOwed: 2 })
})
