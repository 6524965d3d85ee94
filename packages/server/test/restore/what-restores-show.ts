/** What tests of restores ask of any installation. */
import { expect } from 'vitest'
import { DatabaseDoesNotFit } from '../../src/ports/witness.ts'
import { oauthErrorOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  loginTicket,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'

/** In which ways what is there does not fit, by the start that is refused; none when it is not. */
export async function misfitsAtStart(start: () => Promise<TestServer>): Promise<readonly string[]> {
  const refused = await start().then(
    (server) => server.close().then(() => undefined),
    (error: unknown) => error,
  )
  if (refused === undefined) return []
  if (!(refused instanceof DatabaseDoesNotFit)) throw refused
  return refused.misfits.map(({ kind }) => kind)
}

/** One of everything that a server hands out, unused where it is used once. */
export async function everythingHandedOut(server: TestServer) {
  const { email, sessionToken } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, await loginTicket(server, email))
  return { member: await signedInMember(server), visitor: await visitorTokens(server), sessionToken, code }
}

/** Nothing of it is accepted anywhere. */
export async function expectAllDead(
  server: TestServer,
  { member, visitor, sessionToken, code }: Awaited<ReturnType<typeof everythingHandedOut>>,
): Promise<void> {
  expect(await acceptedOf(server, member)).toEqual([])
  await expect(authorizeWithTicket(server, sessionToken)).rejects.toThrow('login_required')
  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
  await expectDeadVisitor(server, visitor)
}

export async function expectDeadVisitor(
  server: TestServer,
  visitor: Awaited<ReturnType<typeof visitorTokens>>,
): Promise<void> {
  expect(oauthErrorOf(await presentRefreshToken(server, visitor.refreshToken))).toBe('400 invalid_grant')
  for (const token of [visitor.accessToken, visitor.refreshToken]) {
    expect(await tokenInfo(server, token)).toMatchObject({ active: false })
  }
}

export async function logOut(server: TestServer, cookie: string): Promise<void> {
  const headers = { cookie, origin: server.url, 'sec-fetch-site': 'same-origin' }
  expect((await send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers })).status).toBe(204)
}
