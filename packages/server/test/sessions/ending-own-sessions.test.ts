/** DELETE /v1/sessions/current and DELETE /v1/sessions, with and without the exception. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieRemovals } from '../../src/http/cookies/registry.ts'
import { endsOnRecord, isAccepted, sendLogout } from '../support/logout.ts'
import { hour } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginByForm,
  loginTicket,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const remove = (path: string, headers: Record<string, string> = {}): Promise<Received> =>
  send(`${server.url}${path}`, { method: 'DELETE', headers })
const own = (cookie: string) => ({ cookie, 'sec-fetch-site': 'same-origin' })

describe('DELETE /v1/sessions/current', () => {
  test.each(['token', 'cookie'] as const)('ends the session of the %s, and no other of the member', async (by) => {
    const member = await signedInMember(server)
    const elsewhere = await loginByForm(server, member.email)
    const answer = await remove(
      '/v1/sessions/current',
      by === 'token' ? { authorization: member.accessToken } : own(member.cookie),
    )
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(await acceptedOf(server, member)).toEqual([])
    expect(await isAccepted(server, { cookie: elsewhere })).toBe(true)
  })

  test('L-14: answers live, ended, expired, unknown, damaged and absent credentials alike; one end is on record', async () => {
    const expired = await signedInMember(server)
    await remove('/v1/sessions/current', { authorization: expired.accessToken })
    server.clock.advance(24 * hour)
    const live = await signedInMember(server)
    const before = (await endsOnRecord(server)).length
    const credentials: readonly Record<string, string>[] = [
      { authorization: live.accessToken },
      { authorization: live.accessToken },
      { authorization: expired.accessToken },
      { authorization: `${live.accessToken.slice(0, -6)}AAAAAA` },
      { authorization: 'no token' },
      { authorization: (await visitorTokens(server)).accessToken },
      {},
    ]
    const answers: unknown[] = []
    for (const headers of credentials) {
      const { status, text, headers: all } = await remove('/v1/sessions/current', headers)
      const { date: _date, 'x-wix-request-id': _id, ...rest } = all
      answers.push({ status, text, headers: rest })
    }
    expect(answers[0]).toMatchObject({ status: 204, text: '', headers: { 'cache-control': 'no-store' } })
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await endsOnRecord(server)).toHaveLength(before + 1)
  })

  test('by an access token that has expired, ends its session', async () => {
    const { accessToken, cookie } = await signedInMember(server)
    server.clock.advance(hour)
    expect((await remove('/v1/sessions/current', { authorization: accessToken })).status).toBe(204)
    expect(await isAccepted(server, { cookie })).toBe(false)
  })

  test('ends all that the request names: token and cookie of two sessions', async () => {
    const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
    await remove('/v1/sessions/current', { authorization: byToken.accessToken, ...own(byCookie.cookie) })
    expect(await acceptedOf(server, byToken)).toEqual([])
    expect(await acceptedOf(server, byCookie)).toEqual([])
  })

  test('takes no redirect, no ticket and no body', async () => {
    const answer = await send(`${server.url}/v1/sessions/current?postLogoutRedirectUri=https://evil.example/`, {
      method: 'DELETE',
    })
    expect(answer.status).toBe(204)
    expect(answer.headers).not.toHaveProperty('location')
  })
})

describe('DELETE /v1/sessions', () => {
  async function memberOnThreeDevices() {
    const first = await signedInMember(server)
    const second = await loginByForm(server, first.email)
    const { code, cookie: third = '' } = await authorizeWithTicket(server, await loginTicket(server, first.email))
    const unusedTicket = await loginTicket(server, first.email)
    return { first, second, third, thirdTokens: await exchange(server, code), unusedTicket }
  }

  test.each(['token', 'cookie'] as const)('by %s ends every session of the member, and nobody else’s', async (by) => {
    const { first, second, third, thirdTokens, unusedTicket } = await memberOnThreeDevices()
    const stranger = await signedInMember(server)
    const answer = await remove(
      '/v1/sessions',
      by === 'token' ? { authorization: thirdTokens.accessToken } : own(third),
    )
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(await acceptedOf(server, first)).toEqual([])
    expect(await acceptedOf(server, { ...thirdTokens, cookie: third })).toEqual([])
    expect(await isAccepted(server, { cookie: second })).toBe(false)
    await expect(authorizeWithTicket(server, unusedTicket)).rejects.toThrow('login_required')
    expect(await acceptedOf(server, stranger)).toEqual(everythingAccepted)
    const [last] = (await endsOnRecord(server)).slice(-1)
    expect(last).toMatchObject({ cause: 'logout_everywhere', actor: { kind: 'member', id: first.memberId } })
  })

  test('D-14: within the same millisecond the member can sign in again, and that session lives', async () => {
    const { first, third } = await memberOnThreeDevices()
    await remove('/v1/sessions', own(third))
    const cookie = await loginByForm(server, first.email)
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test('?except=current keeps the session that asks, with its cookie, and ends the others', async () => {
    const { first, second, third, thirdTokens } = await memberOnThreeDevices()
    const answer = await remove('/v1/sessions?except=current', { authorization: thirdTokens.accessToken })
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(answer.setCookies).toEqual([])
    expect(await acceptedOf(server, { ...thirdTokens, cookie: third })).toEqual(everythingAccepted)
    expect(await acceptedOf(server, first)).toEqual([])
    expect(await isAccepted(server, { cookie: second })).toBe(false)
    const [last] = (await endsOnRecord(server)).slice(-1)
    expect(last?.cause).toBe('logout_others')
    // Nothing is left to end, and that is no error.
    expect((await remove('/v1/sessions?except=current', own(third))).status).toBe(204)
  })

  test.each(['?except=', '?except=others', '?except=current&except=current', '?except=CURRENT'])(
    '%s is refused with 400 and ends nothing',
    async (query) => {
      const { accessToken } = await signedInMember(server)
      expect((await remove(`/v1/sessions${query}`, { authorization: accessToken })).status).toBe(400)
      expect(await isAccepted(server, { accessToken })).toBe(true)
    },
  )

  test.each<readonly [string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['nothing', () => ({})],
    ['a visitor', async () => ({ authorization: (await visitorTokens(server)).accessToken })],
    ['an unknown cookie', () => own(`adjourn_session=adj_session_${'A'.repeat(43)}`)],
    ['an API key', () => ({ authorization: `adj_api_${'k'.repeat(43)}` })],
    ['an administrator key', () => ({ authorization: 'Bearer adj_admin_0123456789012345678901234567890123456789A' })],
    [
      'a session that has ended',
      async () => {
        const { accessToken } = await signedInMember(server)
        await sendLogout(server, {}, { headers: { authorization: accessToken } })
        return { authorization: accessToken }
      },
    ],
    [
      'an access token that has expired',
      async () => {
        const { accessToken } = await signedInMember(server)
        server.clock.advance(hour)
        return { authorization: accessToken }
      },
    ],
    [
      'a bad token beside a good cookie',
      async () => {
        const { accessToken, cookie } = await signedInMember(server)
        return { authorization: `${accessToken}x`, ...own(cookie) }
      },
    ],
    [
      'something unreadable beside a good cookie',
      async () => {
        const { cookie } = await signedInMember(server)
        return { authorization: 'nonsense', ...own(cookie) }
      },
    ],
  ])('by %s is refused with 401 and ends nothing', async (_name, headers) => {
    const given = await headers()
    const before = (await endsOnRecord(server)).length
    for (const path of ['/v1/sessions', '/v1/sessions?except=current']) {
      const answer = await remove(path, given)
      expect(answer.status).toBe(401)
      expect(answer.setCookies).toEqual([])
    }
    expect(await endsOnRecord(server)).toHaveLength(before)
  })

  test('a token counts before a cookie: the member of the cookie stays signed in', async () => {
    const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
    const answer = await remove('/v1/sessions', { authorization: byToken.accessToken, ...own(byCookie.cookie) })
    expect(answer).toMatchObject({ status: 204, setCookies: [] })
    expect(await acceptedOf(server, byToken)).toEqual([])
    expect(await acceptedOf(server, byCookie)).toEqual(everythingAccepted)
    // The cookie of another session of the same member goes with it.
    const again = await signedInMember(server)
    const cookie = await loginByForm(server, again.email)
    const both = await remove('/v1/sessions', { authorization: again.accessToken, ...own(cookie) })
    expect(both).toMatchObject({ status: 204, setCookies: cookieRemovals })
  })

  test('asked again, because the answer was lost, it is a success that ends nothing which was started since', async () => {
    const { email, accessToken, cookie } = await signedInMember(server)
    expect((await remove('/v1/sessions', own(cookie))).status).toBe(204)
    const fresh = await loginByForm(server, email)
    const before = (await endsOnRecord(server)).length
    expect(await remove('/v1/sessions', own(cookie))).toMatchObject({ status: 204, setCookies: cookieRemovals })
    expect((await remove('/v1/sessions', { authorization: accessToken })).status).toBe(204)
    expect((await remove('/v1/sessions?except=current', own(cookie))).status).toBe(401)
    expect((await endsOnRecord(server)).length).toBe(before)
    expect(await isAccepted(server, { cookie: fresh })).toBe(true)
  })

  test('a session past its idle limit may not end the others', async () => {
    const { email, cookie } = await signedInMember(server)
    server.clock.advance(31 * 24 * hour)
    const fresh = await loginByForm(server, email)
    expect((await remove('/v1/sessions', own(cookie))).status).toBe(401)
    expect(await isAccepted(server, { cookie: fresh })).toBe(true)
  })
})
