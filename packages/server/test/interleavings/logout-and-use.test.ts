import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import { day, minute } from '../support/manual-clock.ts'
import { acceptedOf, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { allWaysOut, type Held, waysOut } from './ways-out.ts'

const barriers = new Barriers()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
})
afterAll(() => server.close())

const checks = [
  { by: 'access token', check: ({ accessToken }: Held) => askForSession({ authorization: accessToken }) },
  { by: 'cookie', check: ({ cookie }: Held) => askForSession({ cookie }) },
] as const

describe.each(checks)('a session check by $by', ({ by, check }) => {
  test.each(allWaysOut)(
    `D-11: however a use by ${by} that is noted meets a logout by %s, the session stays dead`,
    async (_name, wayOut) => {
      const stopped = await atEveryPoint(barriers, {
        prepare: async () => {
          const member = await signedInMember(server)
          const logOut = await wayOut(server, member)
          server.clock.advance(2 * minute)
          return { member, logOut }
        },
        racing: ({ member }) => check(member),
        meanwhile: async ({ member, logOut }) => {
          await logOut()
          expect(await acceptedOf(server, member)).toEqual([])
        },
        afterwards: async ({ member }, answer) => {
          expect([200, 401]).toContain(answer.status)
          expect(await acceptedOf(server, member)).toEqual([])
        },
      })
      expect(stopped).toEqual(expect.arrayContaining(['check', 'touchSession']))
    },
  )
})

test('a use that no logout meets is noted and keeps the session alive', async () => {
  const member = await signedInMember(server)
  server.clock.advance(29 * day)
  expect((await askForSession({ cookie: member.cookie })).status).toBe(200)
  await server.quiet()
  server.clock.advance(29 * day)
  expect(await acceptedOf(server, { cookie: member.cookie })).toEqual(['cookie: session', 'cookie: silent login'])
})

test.each([
  ['before anybody has looked for such sessions', 'later'],
  ['and was ended for it', 'at once'],
] as const)(
  'D-11: a use that was under way when the session passed its idle limit does not revive it, %s',
  async (_name, cleanedUp) => {
    await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        server.clock.advance(30 * day - 1)
        return member
      },
      racing: ({ cookie }) => askForSession({ cookie }),
      meanwhile: async () => {
        server.clock.advance(1)
        if (cleanedUp === 'at once') await server.reapNow()
      },
      afterwards: async ({ cookie }, answer, at, points) => {
        expect(answer.status).toBe(isPast(points, at, 'check') ? 200 : 401)
        // Only a use that was written down in time counts.
        const noted = isPast(points, at, 'touchSession')
        expect((await askForSession({ cookie })).status).toBe(noted ? 200 : 401)
      },
    })
  },
)

describe('the end of an idle session', () => {
  const reaper = new Barriers('reaper')
  let reaped: TestServer

  // A server of its own, too young for its reaper to come by itself.
  beforeAll(async () => {
    reaped = await startTestServer({ decorateStorage: reaper.decorate, decorateHasher: quickHasher })
  })
  afterAll(() => reaped.close())

  test.each(Object.entries(waysOut))(
    'D-11: however it meets a logout by %s, there is one record and nothing of the session works',
    async (_name, wayOut) => {
      const stopped = await atEveryPoint(reaper, {
        prepare: async () => {
          const member = await signedInMember(reaped)
          const logOut = await wayOut(reaped, member)
          reaped.clock.advance(30 * day)
          return { member, logOut }
        },
        racing: () => reaped.reapNow(),
        meanwhile: ({ logOut }) => logOut(),
        afterwards: async ({ member }) => {
          const log = await reaped.service.storage.readLog(0, 10_000)
          expect(log.filter(({ memberId }) => memberId === member.memberId)).toHaveLength(1)
          expect(await acceptedOf(reaped, member)).toEqual([])
        },
      })
      expect(stopped).toEqual(expect.arrayContaining(['findOverdueSessions', 'endSessions', 'prune']))
    },
  )
})

function askForSession(headers: Readonly<Record<string, string>>): Promise<Received> {
  return send(`${server.url}/v1/sessions/current`, { headers })
}
