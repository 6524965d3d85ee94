import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import { acceptedOf, authorizeWithCookie, everythingAccepted, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { askToExchange, tokensOf } from '../support/requests.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { allWaysOut, expectRefusedOrDead } from './ways-out.ts'

const barriers = new Barriers()
let server: TestServer
let another: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  another = { ...server, client: await server.addClient() }
})
afterAll(() => server.close())

const exchanges = [
  { by: 'the client that has a grant of the session', of: () => server },
  { by: 'a client that has none yet', of: () => another },
] as const

describe.each(exchanges)('a code exchange by $by', ({ by, of }) => {
  test.each(allWaysOut)(
    `D-09: however a code exchange by ${by} meets a logout by %s, nothing of the session works`,
    async (_name, wayOut) => {
      const exchanging = of()
      const stopped = await atEveryPoint(barriers, {
        prepare: async () => {
          const member = await signedInMember(server)
          const code = await authorizeWithCookie(server, member.cookie, exchanging.client)
          return { member, code, logOut: await wayOut(server, member) }
        },
        racing: ({ code }) => askToExchange(exchanging, code),
        meanwhile: async ({ member, logOut }) => {
          await logOut()
          expect(await acceptedOf(server, member)).toEqual([])
        },
        afterwards: async ({ member, code }, answer, at, points) => {
          if (!isPast(points, at, 'redeemCode')) expect(answer.status).toBe(400)
          await expectRefusedOrDead(exchanging, answer)
          expect(await acceptedOf(server, member)).toEqual([])
          expect((await askToExchange(exchanging, code)).status).toBe(400)
        },
      })
      expect(stopped).toContain('redeemCode')
    },
  )
})

test('a code exchange that no logout meets gives tokens that work, by either client', async () => {
  for (const exchanging of [server, another]) {
    const member = await signedInMember(server)
    const code = await authorizeWithCookie(server, member.cookie, exchanging.client)
    const tokens = tokensOf(await askToExchange(exchanging, code))
    expect(await acceptedOf(exchanging, { ...member, ...tokens })).toEqual(everythingAccepted)
  }
})
