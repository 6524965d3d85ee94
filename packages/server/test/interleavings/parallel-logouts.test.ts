import { expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { Barriers } from '../support/barriers.ts'
import { acceptedOf, authorizeWithCookie, everythingAccepted, exchange, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { waysOut } from './ways-out.ts'

/** What the end of a member's only session has left behind. */
async function tracesOf(server: TestServer, memberId: string) {
  const { storage } = server.service
  const log = await storage.readLog(0, 1000)
  const audit = await storage.readAudit(0, 10_000)
  const notices = await server.contents.notices()
  return {
    records: log.filter((entry) => entry.memberId === memberId).map(({ kind, cause }) => ({ kind, cause })),
    ends: audit
      .filter((record) => record.memberId === (memberId as MemberId) && record.event === 'session.ended')
      .map(({ cause, grantsEnded, refreshTokensEnded, noticesOwed }) => ({
        cause,
        grantsEnded,
        refreshTokensEnded,
        noticesOwed,
      })),
    notified: notices
      .filter((notice) => notice.memberId === memberId)
      .map(({ clientId, kind }) => ({ client: clientId, kind }))
      .toSorted((one, two) => (one.client < two.client ? -1 : 1)),
  }
}

type Logouts = readonly (() => Promise<void>)[]

test.each([
  ['as they come', (_barriers: Barriers, logouts: Logouts) => Promise.all(logouts.map((logOut) => logOut()))],
  ['in one commit', (barriers: Barriers, logouts: Logouts) => barriers.together(logouts, 'endSessions')],
])(
  'D-12: a hundred parallel logouts of one session, %s, all succeed and leave one record and one set of duties',
  async (_name, run) => {
    const barriers = new Barriers()
    await using server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
    const party = { backchannelLogoutUri: 'https://party.example/logged-out' }
    const parties = [await server.addClient(party), await server.addClient(party)]
    const other = await signedInMember(server)
    const member = await signedInMember(server)
    for (const client of parties) {
      await exchange(server, await authorizeWithCookie(server, member.cookie, client), client)
    }

    const logouts = await Promise.all(
      Array.from({ length: 25 }, () => Object.values(waysOut).map((wayOut) => wayOut(server, member))).flat(),
    )
    expect(logouts).toHaveLength(100)
    await run(barriers, logouts)

    expect(await tracesOf(server, member.memberId)).toEqual({
      records: [{ kind: 'session', cause: 'logout' }],
      ends: [{ cause: 'logout', grantsEnded: 3, refreshTokensEnded: 3, noticesOwed: 2 }],
      notified: parties
        .map(({ id }) => ({ client: id, kind: 'backchannel_logout' }))
        .toSorted((one, two) => (one.client < two.client ? -1 : 1)),
    })
    expect(await acceptedOf(server, member)).toEqual([])
    expect(await acceptedOf(server, other)).toEqual(everythingAccepted)
  },
)

test.each(Object.entries(waysOut))(
  'D-12: however a logout by %s meets another of the same session, both succeed and leave one record',
  async (_name, wayOut) => {
    const barriers = new Barriers()
    await using server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
    for (const [, otherWay] of Object.entries(waysOut)) {
      await atEveryPoint(barriers, {
        prepare: async () => {
          const member = await signedInMember(server)
          return { member, first: await wayOut(server, member), second: await otherWay(server, member) }
        },
        racing: ({ first }) => first(),
        meanwhile: async ({ member, second }) => {
          await second()
          expect(await acceptedOf(server, member)).toEqual([])
        },
        afterwards: async ({ member }) => {
          const { records, ends } = await tracesOf(server, member.memberId)
          expect(records).toEqual([{ kind: 'session', cause: 'logout' }])
          expect(ends).toHaveLength(1)
          expect(await acceptedOf(server, member)).toEqual([])
        },
      })
    }
  },
)
