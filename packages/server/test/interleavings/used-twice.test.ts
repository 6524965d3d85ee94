import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithCookie,
  cookieOf,
  everythingAccepted,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { askToExchange, askToRefresh, codeIn, errorIn, tokensOf } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'

const barriers = new Barriers()
let server: TestServer
let rotating: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  rotating = { ...server, client: await server.addClient({ refreshTokenPolicy: 'rotating' }) }
})
afterAll(() => server.close())

test('however two logins by one ticket meet, exactly one of them gets a code and a cookie', async () => {
  const authorize = (sessionToken: string) =>
    send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client, { sessionToken })}`)
  await atEveryPoint(barriers, {
    prepare: async () => ({ ...(await registerMember(server)), others: [] as Received[] }),
    racing: ({ sessionToken }) => authorize(sessionToken),
    meanwhile: async ({ sessionToken, others }) => void others.push(await authorize(sessionToken)),
    afterwards: async ({ others }, answer) => {
      const [winner, loser, ...rest] = [answer, ...others].toSorted((one) => (codeIn(one) === undefined ? 1 : -1))
      if (winner === undefined || loser === undefined) throw new Error('Both must have been answered')
      expect(rest).toEqual([])
      expect([errorIn(loser), cookieOf(loser.setCookies)]).toEqual(['login_required', undefined])
      const tokens = tokensOf(await askToExchange(server, codeIn(winner) ?? ''))
      expect(await acceptedOf(server, { ...tokens, cookie: cookieOf(winner.setCookies) ?? '' })).toEqual(
        everythingAccepted,
      )
    },
  })
})

test('O-07: however two exchanges of one code meet, one is refused and the tokens of the other are dead', async () => {
  await atEveryPoint(barriers, {
    prepare: async () => {
      const { cookie } = await signedInMember(server)
      return { cookie, code: await authorizeWithCookie(rotating, cookie, rotating.client), others: [] as Received[] }
    },
    racing: ({ code }) => askToExchange(rotating, code),
    meanwhile: async ({ code, others }) => void others.push(await askToExchange(rotating, code)),
    afterwards: async ({ cookie, others }, answer) => {
      const answers = [answer, ...others]
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400])
      for (const { status, json } of answers) if (status === 400) expect(json()['error']).toBe('invalid_grant')
      for (const granted of answers.filter(({ status }) => status === 200)) {
        expect(await acceptedOf(rotating, tokensOf(granted))).toEqual([])
      }
      // It was one client's share that ended: the person is signed in, and this client can be let in again.
      expect(await acceptedOf(server, { cookie })).toHaveLength(2)
      const again = await askToExchange(rotating, await authorizeWithCookie(rotating, cookie, rotating.client))
      expect(await acceptedOf(rotating, tokensOf(again))).toHaveLength(5)
    },
  })
})

test('O-07: however an exchange meets one of the same code with a wrong verifier or client, its tokens live', async () => {
  await atEveryPoint(barriers, {
    prepare: async () => {
      const { cookie } = await signedInMember(server)
      return authorizeWithCookie(rotating, cookie, rotating.client)
    },
    racing: (code) => askToExchange(rotating, code),
    meanwhile: async (code) => {
      for (const wrong of [askToExchange(rotating, code, 'w'.repeat(43)), askToExchange(server, code)]) {
        expect((await wrong).json()['error']).toBe('invalid_grant')
      }
    },
    afterwards: async (_code, answer) => {
      expect(await acceptedOf(rotating, tokensOf(answer))).toHaveLength(5)
    },
  })
})

describe('two refreshes with one rotating token', () => {
  test('T-12: however they meet, both get the same successor, and it works', async () => {
    await atEveryPoint(barriers, {
      prepare: async () => ({ ...(await signedInMember(rotating)), others: [] as Received[] }),
      racing: ({ refreshToken }) => askToRefresh(rotating, refreshToken),
      meanwhile: async ({ refreshToken, others }) => void others.push(await askToRefresh(rotating, refreshToken)),
      afterwards: async ({ refreshToken, others }, answer) => {
        const successors = [answer, ...others].map((one) => tokensOf(one).refreshToken)
        expect(new Set(successors).size).toBe(1)
        expect(successors).not.toContain(refreshToken)
        expect(await acceptedOf(rotating, tokensOf(answer))).toHaveLength(5)
      },
    })
  })

  test('T-11: however one meets another whose successor is used at once, it is refused and ends the family, or came first', async () => {
    await atEveryPoint(barriers, {
      prepare: async () => ({ ...(await signedInMember(rotating)), newest: [] as Received[] }),
      racing: ({ refreshToken }) => askToRefresh(rotating, refreshToken),
      meanwhile: async ({ refreshToken, newest }) => {
        const { refreshToken: successor } = tokensOf(await askToRefresh(rotating, refreshToken))
        newest.push(await askToRefresh(rotating, successor))
      },
      afterwards: async ({ newest }, answer, at, points) => {
        const [last] = newest
        if (last === undefined) throw new Error('Nobody refreshed meanwhile')
        if (isPast(points, at, 'rotateRefreshToken')) {
          expect(answer.status).toBe(200)
          expect(await acceptedOf(rotating, tokensOf(last))).toHaveLength(5)
          return
        }
        expect([answer.status, answer.json()['error']]).toEqual([400, 'invalid_grant'])
        expect(await acceptedOf(rotating, tokensOf(last))).toEqual([])
      },
    })
  })

  test('T-12: a refresh that was stopped for eleven seconds while another was faster is past the retry window', async () => {
    await atEveryPoint(barriers, {
      prepare: () => signedInMember(rotating),
      racing: ({ refreshToken }) => askToRefresh(rotating, refreshToken),
      meanwhile: async ({ refreshToken }) => {
        expect((await askToRefresh(rotating, refreshToken)).status).toBe(200)
        rotating.clock.advance(11_000)
      },
      afterwards: async (_member, answer, at, points) => {
        expect(answer.status).toBe(isPast(points, at, 'rotateRefreshToken') ? 200 : 400)
      },
    })
  })
})
