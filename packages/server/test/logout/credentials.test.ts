/** Which access tokens log out, in which forms of the header, and what is no credential for it at all. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientMarker, endsOnRecord, envelopeOf, isAccepted, logoutLink, sendLogout } from '../support/logout.ts'
import { day, hour } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  everythingAccepted,
  exchange,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

describe('an access token', () => {
  test('C-04, T-08, T-09: ends the session with all that hangs on it, for every client, and no other session', async () => {
    const member = await signedInMember(server)
    const second = await server.addClient()
    const atSecond = await exchange(server, await authorizeWithCookie(server, member.cookie, second), second)
    const unusedCode = await authorizeWithCookie(server, member.cookie)
    const elsewhere = await signedInMember(server)

    await sendLogout(server, {}, { headers: { authorization: member.accessToken } })
    expect(await acceptedOf(server, member)).toEqual([])
    expect(await isAccepted(server, atSecond)).toBe(false)
    const refreshed = await send(`${server.url}/oauth2/token`, {
      json: { clientId: second.id, grantType: 'refresh_token', refreshToken: atSecond.refreshToken },
    })
    expect(refreshed).toMatchObject({ status: 400 })
    expect(refreshed.json()).toMatchObject({ error: 'invalid_grant' })
    await expect(exchange(server, unusedCode)).rejects.toThrow('not exchanged')
    expect(await acceptedOf(server, elsewhere)).toEqual(everythingAccepted)
  })

  test.each([
    ['a minute after it expired', hour],
    ['weeks after it expired', 29 * day],
  ])('logs out also %s', async (_name, later) => {
    const { accessToken, cookie } = await signedInMember(server)
    server.clock.advance(later)
    expect(await isAccepted(server, { accessToken })).toBe(false)
    expect(await isAccepted(server, { cookie })).toBe(true)
    expect((await sendLogout(server, {}, { headers: { authorization: accessToken } })).status).toBe(200)
    expect(await isAccepted(server, { cookie })).toBe(false)
  })

  test.each([
    ['alone', (token: string) => token],
    ['with Bearer', (token: string) => `Bearer ${token}`],
    ['with bearer and spaces', (token: string) => `  bEaReR   ${token}  `],
    ['before an API key', (token: string) => `${token},adj_api_${'k'.repeat(43)}`],
    ['after an API key', (token: string) => `adj_api_${'k'.repeat(43)}, ${token}`],
    ['before an empty part', (token: string) => `${token},`],
    ['after an empty part', (token: string) => `,${token}`],
    ['before something unknown', (token: string) => `${token},IST.eyJ_unknown`],
    ['with Bearer before an API key', (token: string) => `Bearer ${token},adj_api_${'k'.repeat(43)}`],
  ])('logs out %s', async (_name, header) => {
    const { accessToken } = await signedInMember(server)
    const authorization = header(accessToken)
    expect((await sendLogout(server, {}, { headers: { ...clientMarker, authorization } })).status).toBe(200)
    expect(await isAccepted(server, { accessToken })).toBe(false)
  })
})

describe('an access token that was made up', () => {
  /** Tokens that say the same as a good one, each wrong in its own way. */
  const forged: readonly (readonly [name: string, forge: (token: string) => string | Promise<string>])[] = [
    ['whose signature was damaged', (token) => changeAt(token, token.lastIndexOf('.') + 5)],
    ['whose claims were changed', (token) => remade(token, { claims: { jti: 'another' } })],
    ['whose signature is missing', (token) => `${token.slice(0, token.lastIndexOf('.'))}.`],
    ['with alg none', (token) => unsigned(token, { alg: 'none' })],
    ['with alg None and a signature of zeros', (token) => `${unsigned(token, { alg: 'None' })}${'A'.repeat(86)}`],
    ['signed with HMAC under the public key', (token) => signedWithPublicKey(token)],
    ['signed with a key of its own, in the header', (token) => signedWithOwnKey(token)],
    ['with the type of an ID token', (token) => remade(token, { header: { typ: 'JWT' } })],
    ['with the type of a logout token', (token) => remade(token, { header: { typ: 'logout+jwt' } })],
    ['in quotes', (token) => `"${token}"`],
    ['cut in two by a comma', (token) => `${token.slice(0, 40)},${token.slice(40)}`],
    ['under another scheme', (token) => `Token ${token}`],
    ['in Basic', (token) => `Basic ${Buffer.from(`${token}:`).toString('base64')}`],
    ['far longer than any of ours', (token) => `${token}${'A'.repeat(7000)}`],
  ]

  test.each(forged)('%s ends nothing, and is a success all the same', async (_name, forge) => {
    const { accessToken, cookie } = await signedInMember(server)
    const before = (await endsOnRecord(server)).length
    const answer = await sendLogout(server, {}, { headers: { authorization: await forge(accessToken) } })
    expect(envelopeOf(answer).statusCode).toBe(200)
    expect(await isAccepted(server, { cookie })).toBe(true)
    expect(await endsOnRecord(server)).toHaveLength(before)
  })

  test('of another installation ends nothing', async () => {
    await using other = await startTestServer()
    const foreign = await signedInMember(other)
    const before = (await endsOnRecord(server)).length
    const answer = await sendLogout(server, {}, { headers: { authorization: foreign.accessToken } })
    expect(envelopeOf(answer).statusCode).toBe(200)
    expect(await endsOnRecord(server)).toHaveLength(before)
    expect(await isAccepted(other, foreign)).toBe(true)
  })

  test('names no client either: a redirect by it is refused', async () => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(
      server,
      { postLogoutRedirectUri: 'https://shop.example/' },
      { headers: { authorization: changeAt(accessToken, accessToken.length - 10) } },
    )
    expect(answer.status).toBe(400)
  })

  function changeAt(text: string, index: number): string {
    return `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`
  }
  function remade(token: string, { header = {}, claims = {} }: { header?: object; claims?: object }): string {
    const [first = '', second = '', signature = ''] = token.split('.')
    return `${encode({ ...decode(first), ...header })}.${encode({ ...decode(second), ...claims })}.${signature}`
  }
  function unsigned(token: string, header: object): string {
    const [first = '', second = ''] = token.split('.')
    return `${encode({ ...decode(first), ...header })}.${second}.`
  }
  async function signedWithPublicKey(token: string): Promise<string> {
    const { keys } = (await send(`${server.url}/oauth2/jwks`)).json<{ keys: readonly object[] }>()
    const unsignedPart = unsigned(token, { alg: 'HS256' }).slice(0, -1)
    return `${unsignedPart}.${createHmac('sha256', JSON.stringify(keys[0])).update(unsignedPart).digest('base64url')}`
  }
  function signedWithOwnKey(token: string): string {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [first = '', second = ''] = token.split('.')
    const header = encode({ ...decode(first), jwk: publicKey.export({ format: 'jwk' }) })
    const signature = sign('sha256', Buffer.from(`${header}.${second}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    return `${header}.${second}.${signature.toString('base64url')}`
  }
})

describe('T-24: what is no credential for logging out', () => {
  /** All that somebody may hold of a live session besides its access token, its cookie and a logout ticket. */
  async function holdings() {
    const member = await signedInMember(server)
    const waiting = await registerMember(server)
    const { ticket } = await logoutLink(server, member.accessToken)
    const [, claims = ''] = member.accessToken.split('.')
    const { sid } = decode(claims)
    return {
      member,
      waiting,
      values: {
        'a session token': waiting.sessionToken,
        'a refresh token': member.refreshToken,
        'an authorization code': await authorizeWithCookie(server, member.cookie),
        "a visitor's refresh token": (await visitorTokens(server)).refreshToken,
        'the secret of the cookie': member.cookie.slice(member.cookie.indexOf('=') + 1),
        'the whole cookie': member.cookie,
        'a logout ticket': ticket,
        'the sid': String(sid),
        'the id of the member': member.memberId,
        'a JWT that looks like an ID token': `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({
          iss: server.url,
          sub: member.memberId,
          sid,
          aud: server.client.id,
        })}.${'A'.repeat(342)}`,
        'an API key': `adj_api_${'k'.repeat(43)}`,
        'an administrator key': 'adj_admin_0123456789012345678901234567890123456789A',
      },
    }
  }

  test('nothing but an access token works in the Authorization header', async () => {
    const { member, waiting, values } = await holdings()
    const before = (await endsOnRecord(server)).length
    for (const [name, value] of Object.entries(values)) {
      for (const authorization of [value, `Bearer ${value}`, `,${value}`]) {
        const answer = await sendLogout(server, {}, { headers: { authorization } })
        expect(envelopeOf(answer).statusCode, name).toBe(200)
      }
    }
    expect(await endsOnRecord(server)).toHaveLength(before)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    await expect(authorizeTicket(waiting.sessionToken)).resolves.toBe(302)
  })

  test('nothing but a logout ticket works as logoutTicket', async () => {
    const { member, values } = await holdings()
    const before = (await endsOnRecord(server)).length
    const { 'a logout ticket': _ticket, ...others } = { ...values, 'an access token': member.accessToken }
    for (const [name, logoutTicket] of Object.entries(others)) {
      const answer = await sendLogout(server, {}, { json: { logoutTicket } })
      expect(envelopeOf(answer).statusCode, name).toBe(200)
    }
    expect(await endsOnRecord(server)).toHaveLength(before)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  })

  test('nothing but a session secret works in the cookie', async () => {
    const { member, values } = await holdings()
    const before = (await endsOnRecord(server)).length
    const {
      'the secret of the cookie': _secret,
      'the whole cookie': _whole,
      ...others
    } = { ...values, 'an access token': member.accessToken }
    for (const [name, value] of Object.entries(others)) {
      const headers = { cookie: `adjourn_session=${value}`, 'sec-fetch-site': 'same-origin' }
      expect((await sendLogout(server, {}, { headers })).status, name).toBe(200)
    }
    expect(await endsOnRecord(server)).toHaveLength(before)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  })

  test('O-16: an access token in the query or the body ends nothing', async () => {
    const { accessToken, memberId, sessionToken } = await signedInMember(server)
    const fields = {
      access_token: accessToken,
      accessToken,
      authorization: accessToken,
      token: accessToken,
      id_token_hint: accessToken,
      sessionToken,
      memberId,
    }
    await sendLogout(server, fields)
    await sendLogout(server, {}, { json: fields })
    await sendLogout(server, {}, { form: fields })
    expect(await isAccepted(server, { accessToken })).toBe(true)
  })

  async function authorizeTicket(sessionToken: string): Promise<number> {
    const query = new URLSearchParams({
      clientId: server.client.id,
      redirectUri: 'https://shop.example/callback',
      responseType: 'code',
      codeChallenge: 'x'.repeat(43),
      codeChallengeMethod: 'S256',
      prompt: 'none',
      state: 's',
      sessionToken,
    })
    const answer = await send(`${server.url}/oauth2/authorize?${query}`)
    expect(new URL(String(answer.headers['location'])).searchParams.has('code')).toBe(true)
    return answer.status
  }
})

test.each([
  ['an API key alone', `adj_api_${'k'.repeat(43)}`],
  ['an API key behind an empty part', `,adj_api_${'k'.repeat(43)}`],
  ['an empty header', ''],
  ['Bearer alone', 'Bearer'],
  ['commas', ',,,'],
])('%s is a success and ends nothing', async (_name, authorization) => {
  const before = (await endsOnRecord(server)).length
  const headers = { ...clientMarker, authorization, 'wix-site-id': server.service.siteId }
  expect(envelopeOf(await sendLogout(server, {}, { headers })).statusCode).toBe(200)
  expect(await endsOnRecord(server)).toHaveLength(before)
})

test('an access token vouches for the cookie of the same member, and ends no other cookie without a question', async () => {
  const member = await signedInMember(server)
  const stranger = await signedInMember(server)
  const headers = (cookie: string) => ({ accept: 'text/html', authorization: member.accessToken, cookie })
  const asked = await sendLogout(server, {}, { headers: headers(stranger.cookie) })
  expect(asked.text).toContain('Do you want to sign out?')
  expect(await isAccepted(server, { cookie: stranger.cookie })).toBe(true)
  expect(await isAccepted(server, { cookie: member.cookie })).toBe(false)

  const again = await signedInMember(server)
  const done = await sendLogout(server, {}, { headers: { ...headers(again.cookie), authorization: again.accessToken } })
  expect(done.text).toContain('You are signed out')
  expect(await isAccepted(server, { cookie: again.cookie })).toBe(false)
})
