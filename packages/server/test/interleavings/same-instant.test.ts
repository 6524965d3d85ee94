import { expect, test } from 'vitest'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginTicket,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { endEveryone } from '../support/requests.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { everywhere } from './ways-out.ts'

test.each([
  ['logging out everywhere', (server: TestServer, held: Parameters<typeof everywhere>[1]) => everywhere(server, held)],
  ['an end of everyone', async (server: TestServer) => () => endEveryone(server)],
] as const)(
  'D-14: a login at the very instant of %s works, and what was there before stays dead',
  async (_name, getReady) => {
    // Nothing moves the clock: all of this happens in one millisecond.
    await using server = await startTestServer({ decorateHasher: quickHasher })
    const before = await signedInMember(server)
    const unusedTicket = await loginTicket(server, before.email)
    const endAll = await getReady(server, before)
    await endAll()
    const { code, cookie } = await authorizeWithTicket(server, await loginTicket(server, before.email))
    const after = { ...(await exchange(server, code)), cookie: cookie ?? '' }

    expect(await acceptedOf(server, after)).toEqual(everythingAccepted)
    expect(await acceptedOf(server, before)).toEqual([])
    await expect(authorizeWithTicket(server, unusedTicket)).rejects.toThrow('No code was issued')
  },
)

test('D-14: a visitor who comes at the very instant of an end of everyone is welcome, and one from before is not', async () => {
  await using server = await startTestServer({ decorateHasher: quickHasher })
  const before = await visitorTokens(server)
  const accepted = await acceptedOf(server, before)
  expect(accepted).toEqual(['access token: active', 'refresh token: active', 'refresh token: refresh'])
  await endEveryone(server)
  const after = await visitorTokens(server)
  expect(await acceptedOf(server, after)).toEqual(accepted)
  expect(await acceptedOf(server, before)).toEqual([])
})
