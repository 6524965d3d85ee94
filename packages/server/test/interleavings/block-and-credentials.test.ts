import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block, unblock } from '../support/administer.ts'
import { Barriers, isPast } from '../support/barriers.ts'
import { minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithCookie,
  cookieOf,
  loginTicket,
  password,
  registerMember,
  signedInMember,
  type Tokens,
} from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { askToExchange, askToRefresh, codeIn, tokensOf } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'

const barriers = new Barriers()
let reusable: TestServer
let rotating: TestServer

beforeAll(async () => {
  reusable = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  rotating = { ...reusable, client: await reusable.addClient({ refreshTokenPolicy: 'rotating' }) }
})
afterAll(() => reusable.close())

/** A member, what they hold, and a request of theirs that is about to happen. */
interface Scene {
  readonly memberId: string
  readonly held: Partial<Tokens> & { readonly cookie?: string }
  readonly ask: () => Promise<Received>
}

/** What a member may ask for while they are blocked, and whether anything that came of it is good. */
const requests: readonly {
  readonly of: string
  readonly server: () => TestServer
  readonly decides: 'startSession' | 'findRefreshToken' | 'rotateRefreshToken' | 'issueCode' | 'redeemCode'
  readonly prepare: (server: TestServer) => Promise<Scene>
  readonly expectDead: (server: TestServer, answer: Received) => Promise<void>
}[] = [
  {
    of: 'a login',
    server: () => reusable,
    decides: 'startSession',
    prepare: async (server) => {
      const { email, memberId } = await registerMember(server)
      return {
        memberId,
        held: {},
        ask: () => send(`${server.url}/v2/login`, { json: { loginId: { email }, password } }),
      }
    },
    expectDead: async (server, answer) => {
      const { sessionToken } = answer.json<{ sessionToken: string }>()
      expect(codeIn(await useTicket(server, sessionToken))).toBeUndefined()
    },
  },
  {
    of: 'a refresh with a reusable token',
    server: () => reusable,
    decides: 'findRefreshToken',
    prepare: (server) => aboutToRefresh(server),
    expectDead: expectDeadTokens,
  },
  {
    of: 'a refresh with a rotating token',
    server: () => rotating,
    decides: 'rotateRefreshToken',
    prepare: (server) => aboutToRefresh(server),
    expectDead: expectDeadTokens,
  },
  {
    of: 'the use of a ticket',
    server: () => reusable,
    decides: 'issueCode',
    prepare: async (server) => {
      const { email, memberId } = await registerMember(server)
      const ticket = await loginTicket(server, email)
      return { memberId, held: {}, ask: () => useTicket(server, ticket) }
    },
    expectDead: async (server, answer) => {
      const code = codeIn(answer)
      if (code !== undefined) expect((await askToExchange(server, code)).status).toBe(400)
      const cookie = cookieOf(answer.setCookies)
      if (cookie !== undefined) expect(await acceptedOf(server, { cookie })).toEqual([])
    },
  },
  {
    of: 'an exchange of a code',
    server: () => reusable,
    decides: 'redeemCode',
    prepare: async (server) => {
      const { memberId, ...held } = await signedInMember(server)
      const code = await authorizeWithCookie(server, held.cookie)
      return { memberId, held, ask: () => askToExchange(server, code) }
    },
    expectDead: expectDeadTokens,
  },
]

describe.each(requests)('$of', ({ of, server: serverOf, decides, prepare, expectDead }) => {
  test(`S-07: however ${of} meets a block, nothing of it or of before is good, also once the block is lifted`, async () => {
    const server = serverOf()
    const stopped = await atEveryPoint(barriers, {
      prepare: () => prepare(server),
      racing: ({ ask }) => ask(),
      meanwhile: ({ memberId }) => block(server, memberId),
      afterwards: async ({ memberId, held }, answer, at, points) => {
        // Nobody waits for the note of a use: while that stands still, the rest goes on.
        const waited = at.call !== 'touchSession'
        if (waited && !isPast(points, at, decides)) expectRefused(answer)
        await unblock(server, memberId)
        if (isGood(answer)) await expectDead(server, answer)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
    expect(stopped).toContain(decides)
  })

  test(`S-07: however a block meets ${of}, nothing of it or of before is good, also once the block is lifted`, async () => {
    const server = serverOf()
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => ({ ...(await prepare(server)), answers: [] as Received[] }),
      racing: ({ memberId }) => block(server, memberId),
      meanwhile: async ({ ask, answers }) => void answers.push(await ask()),
      afterwards: async ({ memberId, held, answers }, _blocked, at, points) => {
        for (const answer of answers) if (isPast(points, at, 'blockMember')) expectRefused(answer)
        await unblock(server, memberId)
        for (const answer of answers) if (isGood(answer)) await expectDead(server, answer)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
    expect(stopped).toContain('blockMember')
  })
})

test('once the block is lifted a login is good again', async () => {
  const { email, memberId } = await registerMember(reusable)
  await block(reusable, memberId)
  await unblock(reusable, memberId)
  expect(codeIn(await useTicket(reusable, await loginTicket(reusable, email)))).toBeDefined()
})

async function aboutToRefresh(server: TestServer): Promise<Scene> {
  const { memberId, ...held } = await signedInMember(server)
  await server.quiet()
  server.clock.advance(2 * minute)
  return { memberId, held, ask: () => askToRefresh(server, held.refreshToken) }
}

function useTicket({ url, client }: TestServer, sessionToken: string): Promise<Received> {
  return send(`${url}/oauth2/authorize?${authorizeQuery(client, { sessionToken })}`)
}

async function expectDeadTokens(server: TestServer, answer: Received): Promise<void> {
  expect(await acceptedOf(server, tokensOf(answer))).toEqual([])
}

/** A success, or a redirect with a code. */
function isGood(answer: Received): boolean {
  return answer.status === 200 || codeIn(answer) !== undefined
}

function expectRefused(answer: Received): void {
  expect(isGood(answer), answer.text).toBe(false)
  expect([302, 400, 403], answer.text).toContain(answer.status)
}
