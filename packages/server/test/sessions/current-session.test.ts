/** GET /v1/sessions/current: the check that tells whether somebody is signed in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendLogout } from '../support/logout.ts'
import { day, hour, minute } from '../support/manual-clock.ts'
import {
  authorizeWithCookie,
  exchange,
  loginByForm,
  registerMember,
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

const check = (headers: Record<string, string>): Promise<Received> =>
  send(`${server.url}/v1/sessions/current`, { headers })

interface Current {
  readonly session: Readonly<Record<string, string>>
}

describe('somebody who is signed in', () => {
  test('is told of the session by token and by cookie alike, and of no id or secret of it', async () => {
    const at = server.clock.now()
    const { email, memberId } = await registerMember(server)
    const cookie = await loginByForm(server, email)
    const { accessToken } = await exchange(server, await authorizeWithCookie(server, cookie))
    const answers = [
      await check({ cookie }),
      await check({ authorization: accessToken }),
      await check({ authorization: `Bearer ${accessToken}` }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.json<Current>()).toEqual({
        session: {
          memberId,
          clientId: server.client.id,
          createdDate: new Date(at).toISOString(),
          lastUsedDate: new Date(at).toISOString(),
          expiresDate: new Date(at + 30 * day).toISOString(),
        },
      })
    }
  })

  test('is counted as using it, at most once a minute; the overall limit stays', async () => {
    const { cookie } = await signedInMember(server)
    const start = server.clock.now()
    const lastUsed = async () => Date.parse((await check({ cookie })).json<Current>().session['lastUsedDate'] ?? '')
    server.clock.advance(minute - 1)
    await check({ cookie })
    expect(await lastUsed()).toBe(start)
    server.clock.advance(1)
    await check({ cookie })
    expect(await lastUsed()).toBe(start + minute)
    for (let used = 0; used < 170; used += 20) {
      server.clock.advance(20 * day)
      await check({ cookie })
    }
    expect((await check({ cookie })).status).toBe(401)
  })

  test('is told of the session of the token where token and cookie name two', async () => {
    const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
    const answer = await check({ authorization: byToken.accessToken, cookie: byCookie.cookie })
    expect(answer.json<Current>().session['memberId']).toBe(byToken.memberId)
  })

  test('is told of the session of the cookie where the token is a visitor’s', async () => {
    const [visitor, member] = [await visitorTokens(server), await signedInMember(server)]
    const answer = await check({ authorization: visitor.accessToken, cookie: member.cookie })
    expect(answer.json<Current>().session['memberId']).toBe(member.memberId)
  })
})

describe('nobody is signed in', () => {
  test.each<readonly [string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['without a credential', () => ({})],
    ['by a visitor’s token', async () => ({ authorization: (await visitorTokens(server)).accessToken })],
    ['by an unknown cookie', () => ({ cookie: `adjourn_session=adj_session_${'A'.repeat(43)}` })],
    ['by a refresh token', async () => ({ authorization: (await signedInMember(server)).refreshToken })],
    ['by a session token', async () => ({ authorization: (await registerMember(server)).sessionToken })],
    [
      'by the cookie’s secret as a token',
      async () => {
        const { cookie } = await signedInMember(server)
        return { authorization: cookie.slice(cookie.indexOf('=') + 1) }
      },
    ],
    [
      'by a bad token beside a good cookie',
      async () => {
        const { cookie, accessToken } = await signedInMember(server)
        return { cookie, authorization: `${accessToken}x` }
      },
    ],
  ])('%s: 401 with a challenge, and no cookie is touched', async (_name, headers) => {
    const answer = await check(await headers())
    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({ details: { applicationError: { code: 'UNAUTHENTICATED' } } })
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(answer.setCookies).toEqual([])
  })

  test('any more: the holder of the credential is told why', async () => {
    const member = await signedInMember(server)
    await sendLogout(server, {}, { headers: { authorization: member.accessToken } })
    for (const headers of [{ cookie: member.cookie }, { authorization: member.accessToken }]) {
      const answer = await check(headers)
      expect(answer.status).toBe(401)
      expect(answer.json()).toMatchObject({ details: { applicationError: { data: { because: 'logout' } } } })
    }
  })

  test('while the member may not act, though the session has not ended', async () => {
    const member = await signedInMember(server)
    server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(member.memberId)
    expect((await check({ cookie: member.cookie })).status).toBe(401)
  })

  test('by a token that has expired, while its session lives on', async () => {
    const { accessToken, cookie } = await signedInMember(server)
    server.clock.advance(hour)
    expect((await check({ authorization: accessToken })).status).toBe(401)
    expect((await check({ cookie })).status).toBe(200)
  })
})

test('scripts of a client’s site may read it by token, and never with cookies', async () => {
  const { accessToken } = await signedInMember(server)
  const answer = await check({ authorization: accessToken, origin: 'https://shop.example' })
  expect(answer.headers['access-control-allow-origin']).toBe('https://shop.example')
  expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  const foreign = await check({ authorization: accessToken, origin: 'https://evil.example' })
  expect(foreign.headers).not.toHaveProperty('access-control-allow-origin')
})

test('H-05: other methods are refused with 405', async () => {
  for (const method of ['POST', 'PUT', 'PATCH']) {
    const answer = await send(`${server.url}/v1/sessions/current`, { method })
    expect(answer.status).toBe(405)
    expect(String(answer.headers['allow']).split(', ').toSorted()).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS'])
  }
})
