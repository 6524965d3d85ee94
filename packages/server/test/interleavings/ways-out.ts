/** The ways in which a member can leave, and what must be true once they have. */
import { expect } from 'vitest'
import { acceptedOf, authorizeWithTicket, exchange, loginTicket, type Tokens } from '../support/members.ts'
import { logoutTicket, tokensOf } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import type { Served } from '../support/test-server.ts'

export interface Held extends Tokens {
  readonly cookie: string
}

/** Gets ready what a logout needs and gives the logout itself, which fails unless it is answered with success. */
export type WayOut = (server: Served, held: Held) => Promise<() => Promise<void>>

/** Logging out of one session. */
export const waysOut = {
  'an access token': async (server, { accessToken }) => {
    return () => succeed(200, send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } }))
  },
  'the cookie': async (server, { cookie }) => {
    return () => succeed(200, send(`${server.url}/v1/logout`, { json: {}, headers: { cookie } }))
  },
  'a logout ticket': async (server, { accessToken }) => {
    const ticket = await logoutTicket(server, accessToken)
    return () => succeed(200, send(`${server.url}/v1/logout?logoutTicket=${ticket}`))
  },
  'the session API': async (server, { accessToken }) => {
    return () =>
      succeed(
        204,
        send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers: { authorization: accessToken } }),
      )
  },
} as const satisfies Record<string, WayOut>

/** Logging out everywhere, from the session itself: by its cookie, which outlives a grant that was ended for reuse. */
export const everywhere: WayOut = async (server, { cookie }) => {
  return () =>
    succeed(
      204,
      send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { cookie, 'x-requested-with': 'fetch' } }),
    )
}

/** All that end the session at hand, one for each credential; the session API goes the way of the access token. */
export const allWaysOut: readonly (readonly [string, WayOut])[] = [
  ['an access token', waysOut['an access token']],
  ['the cookie', waysOut['the cookie']],
  ['a logout ticket', waysOut['a logout ticket']],
  ['log out everywhere', everywhere],
]

/** Logging out everywhere from another device, whose session is made beforehand. */
export async function everywhereFromAnotherDevice(server: Served, email: string): Promise<() => Promise<void>> {
  const { code, cookie } = await authorizeWithTicket(server, await loginTicket(server, email))
  if (cookie === undefined) throw new Error('The other device was given no cookie')
  return everywhere(server, { cookie, ...(await exchange(server, code)) })
}

/** The token endpoint refused, or the tokens it gave are dead. */
export async function expectRefusedOrDead(server: Served, answer: Received): Promise<void> {
  if (answer.status === 200) {
    expect(await acceptedOf(server, tokensOf(answer))).toEqual([])
    return
  }
  expect([answer.status, answer.json()['error']]).toEqual([400, 'invalid_grant'])
}

async function succeed(status: number, sent: Promise<Received>): Promise<void> {
  const answer = await sent
  if (answer.status !== status) throw new Error(`The logout was answered ${answer.status}: ${answer.text}`)
}
