import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeJwt, locationOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  everythingAccepted,
  exchange,
  loginTicket,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { authorize, presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** One credential of every kind that is handed out, each good for what it is for. */
async function oneOfEach() {
  const { email, ...member } = await signedInMember(server)
  const visitor = await visitorTokens(server)
  const prepared = await send(`${server.url}/headless/v1/redirect-session`, {
    headers: { authorization: (await visitorTokens(server)).accessToken },
    json: { logout: { clientId: server.client.id } },
  })
  const { searchParams } = prepared.json<{
    redirectSession: { urlDetails: { searchParams: { logoutTicket: string } } }
  }>().redirectSession.urlDetails
  return {
    'access token of a member': member.accessToken,
    'access token of a visitor': visitor.accessToken,
    'refresh token of a member': member.refreshToken,
    'refresh token of a visitor': visitor.refreshToken,
    'session secret': member.cookie.replace('adjourn_session=', ''),
    code: await authorizeWithCookie(server, member.cookie),
    'session ticket': await loginTicket(server, email),
    'logout ticket': searchParams.logoutTicket,
    'administrator key': administratorKey,
  }
}
type Kind = keyof Awaited<ReturnType<typeof oneOfEach>>

interface Use {
  readonly takes: readonly Kind[]
  readonly isAccepted: (token: string) => Promise<boolean>
}

const authorized = (method: string, path: string, json?: unknown) => async (token: string) => {
  const sent = { method, headers: { authorization: token }, ...(json === undefined ? {} : { json }) }
  return (await send(`${server.url}${path}`, sent)).status < 400
}
const tombstones = () => server.database.prepare('SELECT count(*) AS n FROM visitor_tombstone').get()?.['n']
const accessTokens: readonly Kind[] = ['access token of a member', 'access token of a visitor']

/** Every place that takes a token, what it takes, and how to see that it was taken. */
const uses: Readonly<Record<string, Use>> = {
  'Authorization at user info': {
    takes: ['access token of a member'],
    isAccepted: authorized('GET', '/oauth2/user-info'),
  },
  'Authorization at the session check': {
    takes: ['access token of a member'],
    isAccepted: authorized('GET', '/v1/sessions/current'),
  },
  'Authorization at redirect session': {
    takes: accessTokens,
    isAccepted: (token) =>
      authorized('POST', '/headless/v1/redirect-session', { logout: { clientId: server.client.id } })(token),
  },
  'Authorization at register': {
    takes: accessTokens,
    // Refused for the password only after the caller was recognised.
    isAccepted: async (token) =>
      (
        await send(`${server.url}/v2/register`, {
          headers: { authorization: token },
          json: { loginId: { email: 'ada@shop.example' } },
        })
      ).text.includes('"password"'),
  },
  'Authorization at the list of keys': {
    takes: ['administrator key'],
    isAccepted: (token) => authorized('GET', '/admin/v1/keys')(`Bearer ${token}`),
  },
  'refreshToken at the token endpoint': {
    takes: ['refresh token of a member', 'refresh token of a visitor'],
    isAccepted: async (token) => (await presentRefreshToken(server, token)).status === 200,
  },
  'code at the token endpoint': {
    takes: ['code'],
    isAccepted: async (token) => (await presentCode(server, token)).status === 200,
  },
  'sessionToken at the authorize endpoint': {
    takes: ['session ticket'],
    isAccepted: async (token) => locationOf(await authorize(server, { sessionToken: token })).searchParams.has('code'),
  },
  'session cookie at the authorize endpoint': {
    takes: ['session secret'],
    isAccepted: async (token) => {
      const answer = await authorize(server, {}, { headers: { cookie: `adjourn_session=${token}` } })
      return locationOf(answer).searchParams.has('code')
    },
  },
  'session cookie at the session check': {
    takes: ['session secret'],
    isAccepted: async (token) =>
      (await send(`${server.url}/v1/sessions/current`, { headers: { cookie: `adjourn_session=${token}` } })).status ===
      200,
  },
  'token at token info': {
    takes: [...accessTokens, 'refresh token of a member', 'refresh token of a visitor'],
    isAccepted: async (token) => (await tokenInfo(server, token))['active'] === true,
  },
  'logoutTicket at logout': {
    takes: ['logout ticket'],
    isAccepted: async (token) => {
      const before = tombstones()
      await send(`${server.url}/v1/logout?logoutTicket=${encodeURIComponent(token)}`)
      return tombstones() !== before
    },
  },
}

test('T-24: of all kinds of tokens in all places, only the right one in the right place is accepted', async () => {
  const tokens = await oneOfEach()
  const kinds = Object.keys(tokens) as Kind[]
  const wrongly: string[] = []
  for (const [place, { takes, isAccepted }] of Object.entries(uses)) {
    for (const kind of kinds.filter((kind) => !takes.includes(kind))) {
      if (await isAccepted(tokens[kind])) wrongly.push(`${kind} as ${place}`)
    }
  }
  expect(wrongly).toEqual([])

  // Nothing was spent or ended by being in the wrong place.
  const rightly: string[] = []
  for (const [place, { takes, isAccepted }] of Object.entries(uses)) {
    for (const kind of takes) if (await isAccepted(tokens[kind])) rightly.push(`${kind} as ${place}`)
  }
  const diagonal = Object.entries(uses).flatMap(([place, { takes }]) => takes.map((kind) => `${kind} as ${place}`))
  expect(rightly.sort()).toEqual(diagonal.sort())
})

test('T-24: the wrong token at logout ends nothing, wherever it is put', async () => {
  const member = await signedInMember(server)
  const ticket = await loginTicket(server, member.email)
  const wrong = [member.refreshToken, ticket, member.cookie.replace('adjourn_session=', ''), administratorKey]
  for (const token of wrong) {
    for (const query of [`logoutTicket=${token}`, `sessionToken=${token}`, `token=${token}`, `access_token=${token}`]) {
      expect((await send(`${server.url}/v1/logout?${query}`)).status).toBe(200)
    }
    expect((await send(`${server.url}/v1/logout`, { headers: { authorization: token } })).status).toBe(200)
  }
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  expect(locationOf(await authorize(server, { sessionToken: ticket })).searchParams.has('code')).toBe(true)
})

test('T-24: the secret of a kind behind the prefix of another is nothing', async () => {
  const tokens = await oneOfEach()
  const body = tokens['session secret'].replace('adj_session_', '')
  for (const prefix of ['refresh', 'code', 'ticket', 'logout', 'admin', 'visitor']) {
    const token = `adj_${prefix}_${body}`
    for (const [place, { isAccepted }] of Object.entries(uses)) {
      expect([place, prefix, await isAccepted(token)]).toEqual([place, prefix, false])
    }
  }
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (header: object, claims: object, key: KeyObject) => {
  const signed = `${encode(header)}.${encode(claims)}`
  const signature = createSign('sha256').update(signed).sign({ key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

test('H-10: a token signed with a key that it brings along is refused, and nothing is fetched', async () => {
  const fetched: (string | undefined)[] = []
  const attacker = createServer((request, response) => {
    fetched.push(request.url)
    response.end()
  })
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve))
  const keySetUrl = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/jwks`

  const { accessToken } = await signedInMember(server)
  const { header, claims } = decodeJwt(accessToken)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const { keys } = (await send(`${server.url}/oauth2/jwks`)).json<{ keys: { kty: string; kid: string }[] }>()
  const rsaKid = keys.find(({ kty }) => kty === 'RSA')?.kid
  const [, payload, signature] = accessToken.split('.')
  const hmacPart = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
  const forged = [
    sign(header, claims, privateKey),
    sign({ ...header, jwk }, claims, privateKey),
    sign({ ...header, jku: keySetUrl }, claims, privateKey),
    sign({ ...header, x5u: keySetUrl }, claims, privateKey),
    sign(
      { ...header, x5c: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
      claims,
      privateKey,
    ),
    sign({ ...header, kid: 'mine', jwk: { ...jwk, kid: 'mine' } }, claims, privateKey),
    sign({ ...header, kid: keySetUrl }, claims, privateKey),
    sign({ alg: 'ES256', typ: 'at+jwt', jwk }, claims, privateKey),
    sign({ ...header, alg: 'RS256', kid: rsaKid }, claims, rsa.privateKey),
    `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
    `${encode({ ...header, alg: 'none' })}.${payload}.${signature}`,
    ...keys.map(
      (key) => `${hmacPart}.${createHmac('sha256', JSON.stringify(key)).update(hmacPart).digest('base64url')}`,
    ),
    `${encode({ ...header, jku: keySetUrl })}.${payload}.${signature}`,
    `${encode({ ...header, typ: 'JWT' })}.${payload}.${signature}`,
  ]
  for (const token of forged) {
    const answer = await send(`${server.url}/oauth2/user-info`, { headers: { authorization: token } })
    expect(answer.status).toBe(401)
    expect(await tokenInfo(server, token)).toMatchObject({ active: false })
  }
  expect(fetched).toEqual([])
  await new Promise((resolve) => attacker.close(resolve))
})

test('H-10: a token of another installation with the same member is refused', async () => {
  await using other = await startTestServer()
  const { accessToken } = await signedInMember(other)
  const answer = await send(`${server.url}/oauth2/user-info`, { headers: { authorization: accessToken } })
  expect(answer.status).toBe(401)
  const { sessionToken } = await registerMember(other)
  expect(locationOf(await authorize(server, { sessionToken })).searchParams.get('error')).toBe('login_required')
  await expect(exchange(server, `adj_code_${'A'.repeat(43)}`)).rejects.toThrow('invalid_grant')
})
