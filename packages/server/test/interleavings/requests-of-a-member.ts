/** What members ask for while something happens to them: the material of the interleavings with a block and with a deletion. */
import { expect } from 'vitest'
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
import { askToExchange, askToRefresh, codeIn, tokensOf } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'

/** A member, what they hold, and a request of theirs that is about to happen. */
export interface Scene {
  readonly memberId: string
  readonly held: Partial<Tokens> & { readonly cookie?: string }
  readonly ask: () => Promise<Received>
}

/** Something that a member may ask for, and whether anything that came of it is good. */
export interface MemberRequest {
  readonly of: string
  readonly server: () => TestServer
  readonly decides: 'startSession' | 'findRefreshToken' | 'rotateRefreshToken' | 'issueCode' | 'redeemCode'
  readonly prepare: (server: TestServer) => Promise<Scene>
  readonly expectDead: (server: TestServer, answer: Received) => Promise<void>
}

/** On servers whose clients have refresh tokens of either kind. They are asked for when a test runs. */
export function requestsOfAMember(reusable: () => TestServer, rotating: () => TestServer): readonly MemberRequest[] {
  return [
    {
      of: 'a login',
      server: reusable,
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
      server: reusable,
      decides: 'findRefreshToken',
      prepare: (server) => aboutToRefresh(server),
      expectDead: expectDeadTokens,
    },
    {
      of: 'a refresh with a rotating token',
      server: rotating,
      decides: 'rotateRefreshToken',
      prepare: (server) => aboutToRefresh(server),
      expectDead: expectDeadTokens,
    },
    {
      of: 'the use of a ticket',
      server: reusable,
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
      server: reusable,
      decides: 'redeemCode',
      prepare: async (server) => {
        const { memberId, ...held } = await signedInMember(server)
        const code = await authorizeWithCookie(server, held.cookie)
        return { memberId, held, ask: () => askToExchange(server, code) }
      },
      expectDead: expectDeadTokens,
    },
  ]
}

async function aboutToRefresh(server: TestServer): Promise<Scene> {
  const { memberId, ...held } = await signedInMember(server)
  await server.quiet()
  server.clock.advance(2 * minute)
  return { memberId, held, ask: () => askToRefresh(server, held.refreshToken) }
}

export function useTicket({ url, client }: TestServer, sessionToken: string): Promise<Received> {
  return send(`${url}/oauth2/authorize?${authorizeQuery(client, { sessionToken })}`)
}

async function expectDeadTokens(server: TestServer, answer: Received): Promise<void> {
  expect(await acceptedOf(server, tokensOf(answer))).toEqual([])
}

/** A success, or a redirect with a code. */
export function isGood(answer: Received): boolean {
  return answer.status === 200 || codeIn(answer) !== undefined
}

/** Refused in one of the ways in which a member who may not act is. */
export function expectRefused(answer: Received): void {
  expect(isGood(answer), answer.text).toBe(false)
  expect([302, 400, 403], answer.text).toContain(answer.status)
}
