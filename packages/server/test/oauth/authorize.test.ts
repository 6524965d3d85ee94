import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/domain/client.ts'
import { locationOf } from '../support/answers.ts'
import { signedInMember } from '../support/members.ts'
import { authorize, type Changes } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let cookie: string
beforeAll(async () => {
  server = await startTestServer()
  cookie = (await signedInMember(server)).cookie
})
afterAll(() => server.close())

/** The parameters of the answer, where the response mode puts them. */
function answerOf(answer: Received, mode: 'query' | 'fragment' = 'query'): Readonly<Record<string, string>> {
  const { searchParams, hash } = locationOf(answer)
  return Object.fromEntries(mode === 'query' ? searchParams : new URLSearchParams(hash.slice(1)))
}

/** Asks with the cookie of a live session, so that nothing but the request itself can be what is refused. */
const ask = (changes: Changes, client?: Client) =>
  authorize(server, changes, { headers: { cookie }, ...(client === undefined ? {} : { client }) })

test.each([
  ['a slash at its end', `${callbackUri}/`],
  ['a query', `${callbackUri}?`],
  ['a parameter', `${callbackUri}?a=b`],
  ['a fragment', `${callbackUri}#`],
  ['http for https', callbackUri.replace('https:', 'http:')],
  ['an upper-case scheme', callbackUri.replace('https:', 'HTTPS:')],
  ['an upper-case host', callbackUri.replace('shop', 'SHOP')],
  ['an upper-case path', callbackUri.replace('callback', 'Callback')],
  ['the default port written out', callbackUri.replace('example', 'example:443')],
  ['another port', callbackUri.replace('example', 'example:8443')],
  ['a dot at the end of its host', callbackUri.replace('example/', 'example./')],
  ['a subdomain', callbackUri.replace('shop', 'www.shop')],
  ['a longer domain', callbackUri.replace('example', 'example.evil.example')],
  ['user information', callbackUri.replace('shop', 'shop.example@evil')],
  ['an encoded character', callbackUri.replace('callback', '%63allback')],
  ['a dot segment', callbackUri.replace('/callback', '/./callback')],
  ['a parent segment', callbackUri.replace('/callback', '/x/../callback')],
  ['a second slash', callbackUri.replace('/callback', '//callback')],
  ['a backslash', callbackUri.replace('/callback', '\\callback')],
  ['a space before it', ` ${callbackUri}`],
  ['a line break after it', `${callbackUri}\n`],
  ['a tab in its scheme', callbackUri.replace('ps:', 'p\ts:')],
  ['a full-width letter', callbackUri.replace('shop', 'ｓhop')],
  ['a star for its host', 'https://*.example/callback'],
  ['another page of an allowed domain', 'https://shop.example/'],
  ['another host', 'https://evil.example/callback'],
  ['no host', '/callback'],
  ['a scheme that runs script', 'javascript:alert(1)'],
  ['the placeholder of the official client', 'unused://'],
  ['nothing in it', ''],
])('O-04: a redirect URI with %s gets a page and no redirect', async (_what, redirectUri) => {
  for (const prompt of ['none', 'login']) {
    const answer = await ask({ redirectUri, prompt })
    expect(answer.status).toBe(400)
    expect(answer.headers['location']).toBeUndefined()
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.text).toContain('Invalid redirect URI')
    expect(answer.setCookies).toEqual([])
  }
})

test.each([
  ['application/json', 'redirectUri is not among', 'invalid_request', { redirectUri: 'https://evil.example/' }],
  ['text/plain, APPLICATION/JSON;q=0.9', 'redirectUri is missing', 'invalid_request', { redirectUri: undefined }],
  ['application/json', 'clientId names no client', 'invalid_client', { clientId: 'shop' }],
])(
  'O-04: a program that accepts %s is told without a page that %s, and gets no redirect',
  async (accept, description, error, changes) => {
    const answer = await authorize(server, changes, { headers: { cookie, accept } })
    expect([answer.status, answer.headers['location'], answer.headers['cache-control']]).toEqual([
      400,
      undefined,
      'no-store',
    ])
    expect(answer.json()).toEqual({ error, error_description: expect.stringContaining(description) })
    expect(answer.setCookies).toEqual([])
  },
)

test.each([undefined, '*/*', 'text/html', 'application/json, text/html', 'application/json5'])(
  'O-04: whoever accepts %s is shown a page',
  async (accept) => {
    const headers = { cookie, ...(accept === undefined ? {} : { accept }) }
    const answer = await authorize(server, { redirectUri: 'https://evil.example/' }, { headers })
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8'])
  },
)

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['no GUID', 'shop'],
  ['unknown', '00000000-0000-4000-8000-000000000000'],
])('O-04: a client id that is %s gets a page and no redirect', async (_what, clientId) => {
  const answer = await ask({ clientId })
  expect(answer.status).toBe(400)
  expect(answer.headers['location']).toBeUndefined()
  expect(answer.text).toContain('Invalid redirect URI')
})

test('O-04: a redirect URI of another client, and one of a disabled client, get a page and no redirect', async () => {
  const other = await server.addClient({ allowedRedirectUris: ['https://other.example/callback'] })
  const disabled = await server.addClient({ disabledAt: server.clock.now() })
  for (const changes of [{ clientId: other.id }, { clientId: disabled.id }]) {
    const answer = await ask(changes)
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined])
  }
})

test('O-04: the very same redirect URI is redirected to', async () => {
  expect((await ask({})).status).toBe(302)
  expect((await ask({ clientId: server.client.id.toUpperCase() })).status).toBe(302)
})

test('a redirect URI with a star allows one label of a host and nothing else', async () => {
  const client = await server.addClient({
    allowedRedirectUris: ['https://*-shop.example/callback', 'exp://phone/--/done'],
  })
  const allowed = ['https://pr-12-shop.example/callback', 'exp://phone/--/done']
  for (const redirectUri of allowed) expect((await ask({ redirectUri }, client)).status).toBe(302)
  const refused = [
    'https://-shop.example/callback',
    'https://a.b-shop.example/callback',
    'https://*-shop.example/callback',
    'https://evil.example/x-shop.example/callback',
    'exp://phone/--/done/more',
  ]
  for (const redirectUri of refused) expect((await ask({ redirectUri }, client)).status).toBe(400)
})

test.each([
  ['in both spellings with different values', 'clientId', 'client_id=00000000-0000-4000-8000-000000000000'],
  ['twice', 'redirectUri', 'redirectUri=https%3A%2F%2Fevil.example%2F'],
  ['twice', 'state', 'state=other'],
])('a parameter that comes %s gets a page and no redirect (%s)', async (_how, _name, more) => {
  const good = new URLSearchParams({ clientId: server.client.id, redirectUri: callbackUri, state: 's' })
  const answer = await send(`${server.url}/oauth2/authorize?${good}&${more}`, { headers: { cookie } })
  expect([answer.status, answer.headers['location']]).toEqual([400, undefined])
  expect(answer.headers['content-type']).toContain('text/html')
})

test.each([
  ['responseMode', 'form_post'],
  ['responseMode', 'Query'],
  ['idp', '0e6a50f5-b523-4e29-990d-f37fa2ffdd69'],
  ['nonce', '\0'],
])('a request with %s %j gets a page and no redirect', async (name, value) => {
  const answer = await ask({ [name]: value })
  expect([answer.status, answer.headers['location']]).toEqual([400, undefined])
})

const challengeProblems: readonly (readonly [string, Changes])[] = [
  ['no challenge', { codeChallenge: undefined }],
  ['an empty challenge', { codeChallenge: '' }],
  ['no challenge at all', { codeChallenge: undefined, codeChallengeMethod: undefined }],
  ['no method', { codeChallengeMethod: undefined }],
  ['the method plain', { codeChallengeMethod: 'plain' }],
  ['the method S512', { codeChallengeMethod: 'S512' }],
  ['the method s256', { codeChallengeMethod: 's256' }],
  ['a challenge that is too short', { codeChallenge: 'c'.repeat(42) }],
  ['a challenge that is too long', { codeChallenge: 'c'.repeat(44) }],
  ['a padded challenge', { codeChallenge: `${'c'.repeat(43)}=` }],
  ['a challenge in standard base64', { codeChallenge: `${'c'.repeat(42)}+` }],
]
for (const responseMode of ['query', 'fragment'] as const) {
  test.each(challengeProblems)(
    `O-02: %s is told to the client as invalid_request (${responseMode})`,
    async (_, changes) => {
      const answer = await ask({ ...changes, responseMode })
      expect(answer.status).toBe(302)
      expect(answerOf(answer, responseMode)).toEqual({
        error: 'invalid_request',
        error_description: expect.any(String),
        state: 'some-state',
        iss: server.url,
      })
    },
  )
}

test.each([
  [{ responseType: 'token' }, 'unsupported_response_type'],
  [{ responseType: 'id_token' }, 'unsupported_response_type'],
  [{ responseType: 'code token' }, 'unsupported_response_type'],
  [{ responseType: undefined }, 'invalid_request'],
  [{ nonce: 'n'.repeat(513) }, 'invalid_request'],
])('O-05: a request with %j is told to the client as %s, with the issuer', async (changes, error) => {
  expect(answerOf(await ask(changes))).toMatchObject({ error, state: 'some-state', iss: server.url })
})

const oddState = 'ä ✓ 𝄞 &=?#/+%20"\'<>\\;,'
for (const responseMode of ['query', 'fragment'] as const) {
  test(`O-05: a code and an error come back with the issuer, and the state as it was (${responseMode})`, async () => {
    const good = answerOf(await ask({ state: oddState, responseMode }), responseMode)
    expect(good).toEqual({ code: expect.stringMatching(/^adj_code_/), state: oddState, iss: server.url })
    const bad = await authorize(server, { state: oddState, responseMode })
    expect(answerOf(bad, responseMode)).toMatchObject({ error: 'login_required', state: oddState, iss: server.url })
  })

  test(`without a state none comes back (${responseMode})`, async () => {
    expect(Object.keys(answerOf(await ask({ state: undefined, responseMode }), responseMode)).sort()).toEqual([
      'code',
      'iss',
    ])
    const bad = await authorize(server, { state: undefined, responseMode })
    expect(Object.keys(answerOf(bad, responseMode)).sort()).toEqual(['error', 'error_description', 'iss'])
  })

  test(`the query of a redirect URI stays as it was (${responseMode})`, async () => {
    const redirectUri = 'https://shop.example/callback?keep=1&x=%20y&z'
    const client = await server.addClient({ allowedRedirectUris: [redirectUri] })
    const separator = responseMode === 'query' ? '&' : '#'
    const code = await ask({ redirectUri, responseMode }, client)
    expect(String(code.headers['location']).startsWith(`${redirectUri}${separator}code=adj_code_`)).toBe(true)
    const error = await authorize(server, { redirectUri, responseMode }, { client })
    expect(String(error.headers['location']).startsWith(`${redirectUri}${separator}error=login_required&`)).toBe(true)
  })
}

test('the answer is in the query where no response mode is asked for', async () => {
  const { searchParams, hash } = locationOf(await ask({ responseMode: undefined }))
  expect([searchParams.has('code'), hash]).toEqual([true, ''])
})

test('prompt none gives the code of the member who is signed in, and sets no cookie', async () => {
  const answer = await ask({})
  expect(answerOf(answer)).toMatchObject({ code: expect.any(String) })
  expect(answer.setCookies).toEqual([])
  expect(answer.headers['cache-control']).toBe('no-store')
})

test.each([
  ['no cookie', () => ({})],
  ['a cookie that was never issued', () => ({ cookie: `adjourn_session=adj_session_${'A'.repeat(43)}` })],
  ['a cookie that is no secret of ours', () => ({ cookie: 'adjourn_session=1' })],
  ['two session cookies', () => ({ cookie: `${cookie}; ${cookie}` })],
  ['a session cookie beside one in another case', () => ({ cookie: `${cookie}; ADJOURN_SESSION=x` })],
  ['the cookie of an https server', () => ({ cookie: cookie.replace('adjourn', '__Host-adjourn') })],
])('prompt none with %s is answered login_required', async (_what, headers) => {
  const answer = await authorize(server, {}, { headers: headers() })
  expect(answerOf(answer)).toMatchObject({ error: 'login_required', state: 'some-state' })
})

test('S-11: prompt none is answered login_required right after logout', async () => {
  const member = await signedInMember(server)
  const before = await authorize(server, {}, { headers: { cookie: member.cookie } })
  expect(answerOf(before)).toHaveProperty('code')
  await send(`${server.url}/v1/logout`, { headers: { cookie: member.cookie, 'x-requested-with': 'test' } })
  const after = await authorize(server, {}, { headers: { cookie: member.cookie } })
  expect(answerOf(after)).toMatchObject({ error: 'login_required' })
})

test.each(['login', 'consent', 'select_account', undefined])(
  'with prompt %s the login page is shown though somebody is signed in',
  async (prompt) => {
    const answer = await ask({ prompt })
    expect([answer.status, answer.headers['location']]).toEqual([200, undefined])
    expect(answer.text).toContain('type="password"')
    expect(answer.setCookies).toEqual([])
  },
)

test('a client with a login page of its own gets the browser there, with the request but without the ticket', async () => {
  const client = await server.addClient({ loginUrl: 'https://shop.example/login?theme=dark' })
  const answer = await authorize(server, { prompt: 'login', state: oddState, sessionToken: 'used' }, { client })
  expect(answer.status).toBe(302)
  const { origin, pathname, searchParams } = locationOf(answer)
  expect(origin + pathname).toBe('https://shop.example/login')
  expect(Object.fromEntries(searchParams)).toMatchObject({ theme: 'dark', clientId: client.id, state: oddState })
  expect(searchParams.has('sessionToken')).toBe(false)
  // Nobody is sent there silently, and not before the client and its address were found good.
  expect(answerOf(await authorize(server, {}, { client }))).toMatchObject({ error: 'login_required' })
  expect((await authorize(server, { redirectUri: 'https://evil.example/' }, { client })).status).toBe(400)
})

test.each(['Sec-Purpose', 'Purpose'])('a login is not begun ahead of time (%s)', async (name) => {
  const answer = await authorize(server, {}, { headers: { cookie, [name]: 'prefetch;prerender' } })
  expect([answer.status, answer.headers['location']]).toEqual([503, undefined])
})

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('the authorize endpoint does not take %s', async (method) => {
  const answer = await send(`${server.url}/oauth2/authorize`, { method, headers: { origin: 'https://shop.example' } })
  expect(answer.status).toBe(405)
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
})

test('snake_case parameters are read as well', async () => {
  const answer = await authorize(
    server,
    {
      clientId: undefined,
      client_id: server.client.id,
      redirectUri: undefined,
      redirect_uri: callbackUri,
      responseType: undefined,
      response_type: 'code',
      codeChallengeMethod: undefined,
      code_challenge_method: 'S256',
    },
    { headers: { cookie } },
  )
  expect(answerOf(answer)).toHaveProperty('code')
})
