import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import { minute, second } from '../support/manual-clock.ts'
import { acceptedOf, everythingAccepted, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { askToRefresh, tokensOf } from '../support/requests.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { allWaysOut, expectRefusedOrDead } from './ways-out.ts'

const barriers = new Barriers()
let reusable: TestServer
let rotating: TestServer

beforeAll(async () => {
  reusable = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  rotating = { ...reusable, client: await reusable.addClient({ refreshTokenPolicy: 'rotating' }) }
})
afterAll(() => reusable.close())

/** A refresh about to happen, by what is presented, and the call that decides it: before that, a logout makes it fail. */
const refreshes = [
  {
    of: 'a reusable token',
    server: () => reusable,
    before: async () => reusable.clock.advance(2 * minute),
    decides: 'findRefreshToken',
    calls: ['touchSession'],
  },
  {
    of: 'a rotating token',
    server: () => rotating,
    before: async () => reusable.clock.advance(2 * minute),
    decides: 'rotateRefreshToken',
    calls: ['findRefreshToken', 'touchSession'],
  },
  {
    of: 'a token spent five seconds ago',
    server: () => rotating,
    before: async (refreshToken: string) => {
      await askToRefresh(rotating, refreshToken)
      reusable.clock.advance(5 * second)
    },
    decides: 'findRefreshToken',
    calls: ['findClient'],
  },
  {
    of: 'a token spent eleven seconds ago',
    server: () => rotating,
    before: async (refreshToken: string) => {
      await askToRefresh(rotating, refreshToken)
      reusable.clock.advance(11 * second)
    },
    decides: 'findRefreshToken',
    calls: ['endGrants'],
  },
] as const

describe.each(refreshes)('a refresh with $of', ({ of, server: serverOf, before, decides, calls }) => {
  test.each(allWaysOut)(
    `D-08, T-12: however a refresh with ${of} meets a logout by %s, nothing of the session works`,
    async (_name, wayOut) => {
      const server = serverOf()
      const stopped = await atEveryPoint(barriers, {
        prepare: async () => {
          const member = await signedInMember(server)
          const logOut = await wayOut(server, member)
          await before(member.refreshToken)
          return { member, logOut }
        },
        racing: ({ member }) => askToRefresh(server, member.refreshToken),
        meanwhile: async ({ member, logOut }) => {
          await logOut()
          expect(await acceptedOf(server, member)).toEqual([])
        },
        afterwards: async ({ member }, answer, at, points) => {
          // Nobody waits for the note of a use: while that stands still, the rest goes on.
          const waited = at.call !== 'touchSession'
          if (waited && !isPast(points, at, decides)) expect(answer.status).toBe(400)
          await expectRefusedOrDead(server, answer)
          expect(await acceptedOf(server, member)).toEqual([])
        },
      })
      expect(stopped).toEqual(expect.arrayContaining([...calls]))
    },
  )
})

test('a refresh that no logout meets gives tokens that work, by either policy', async () => {
  for (const server of [reusable, rotating]) {
    const member = await signedInMember(server)
    const tokens = tokensOf(await askToRefresh(server, member.refreshToken))
    expect(await acceptedOf(server, { ...member, ...tokens })).toEqual(everythingAccepted)
  }
})
