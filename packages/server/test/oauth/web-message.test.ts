/** The answer of the authorize endpoint as a message to the page around a frame, which direct login waits for. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { oauthErrorOf } from '../support/answers.ts'
import { acceptedOf, registerMember, signedInMember } from '../support/members.ts'
import { authorize as ask, type Changes, presentCode } from '../support/oauth-requests.ts'
import type { Received } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { developmentOrigins: ['http://localhost:4321'] } })
})
afterAll(() => server.close())

/** As the official client asks: without a redirect URI, and without a page. */
function askForMessage(changes: Changes = {}, more: Parameters<typeof ask>[2] = {}): Promise<Received> {
  return ask(server, { responseMode: 'web_message', redirectUri: undefined, ...changes }, more)
}

/** What the page posts, and to whom, as the browser reads it out of the attributes. */
function postedBy({ text }: Received): {
  readonly message: Record<string, string>
  readonly origins: readonly string[]
} {
  const attribute = (name: string) => {
    const value = new RegExp(`data-${name}="([^"]*)"`).exec(text)?.[1] ?? ''
    return JSON.parse(
      value
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    )
  }
  return { message: attribute('message'), origins: attribute('origins') }
}

const framersOf = (answer: Received) =>
  /frame-ancestors ([^;]*)/.exec(String(answer.headers['content-security-policy']))?.[1]

test('a ticket gives a code that is posted with the state, and exchanged without a redirect URI', async () => {
  const { sessionToken } = await registerMember(server)
  const answer = await askForMessage({ sessionToken })
  const { message } = postedBy(answer)
  expect([answer.status, Object.keys(message).sort()]).toEqual([200, ['code', 'state']])
  expect(message['state']).toBe('some-state')
  expect(oauthErrorOf(await presentCode(server, message['code'] ?? '', { redirectUri: callbackUri }))).toBe(
    '400 invalid_grant',
  )
  expect(oauthErrorOf(await presentCode(server, message['code'] ?? '', { redirectUri: undefined }))).toBe('200')
})

test('it goes to exactly the origins of the client and those of developers, and only their pages may hold the frame', async () => {
  const client = await server.addClient({
    allowedRedirectUris: [
      'https://a.example/cb',
      'https://a.example/other',
      'https://*-b.example/cb',
      'app://x',
      'http://[::1]:3000/cb',
    ],
    allowedRedirectDomains: ['c.example', 'd.example:8443', '127.0.0.1:4000', 'c.example/path'],
  })
  const { sessionToken } = await registerMember(server)
  const answer = await askForMessage({ sessionToken }, { client })
  const pages = [
    'https://a.example',
    'https://c.example',
    'https://d.example:8443',
    'https://127.0.0.1:4000',
    'http://127.0.0.1:4000',
    'http://localhost:4321',
  ]
  expect(postedBy(answer).origins).toEqual(['https://a.example', 'http://[::1]:3000', ...pages.slice(1)])
  expect(framersOf(answer)).toBe(pages.join(' '))
  expect(`${answer.text}${String(answer.headers['content-security-policy'])}`).not.toMatch(/['"\s]\*['"\s]/)
})

test('where the request names a redirect URI, only its origin is told', async () => {
  const client = await server.addClient({ allowedRedirectUris: [callbackUri, 'https://other.example/cb'] })
  const { sessionToken } = await registerMember(server)
  const answer = await askForMessage({ sessionToken, redirectUri: callbackUri }, { client })
  expect(postedBy(answer).origins).toEqual([new URL(callbackUri).origin])
  expect((await askForMessage({ redirectUri: 'https://evil.example/' }, { client })).status).toBe(400)
})

test('a client without any web page is told nothing, and nobody may hold the frame', async () => {
  const lonely = await startTestServer()
  try {
    const client = await lonely.addClient({ allowedRedirectUris: ['app://x'], allowedRedirectDomains: [] })
    const { sessionToken } = await registerMember(lonely)
    const answer = await ask(lonely, { responseMode: 'web_message', redirectUri: undefined, sessionToken }, { client })
    expect([postedBy(answer).origins, framersOf(answer)]).toEqual([[], "'none'"])
  } finally {
    await lonely.close()
  }
})

test('where every origin may call the API, still only those that are listed are told', async () => {
  const open = await startTestServer({ environment: { ADJOURN_DEVELOPMENT_ORIGINS: '*' } })
  try {
    const { sessionToken } = await registerMember(open)
    const answer = await ask(open, { responseMode: 'web_message', redirectUri: undefined, sessionToken })
    expect(postedBy(answer).origins).toEqual([new URL(callbackUri).origin])
  } finally {
    await open.close()
  }
})

test('H-02: it is the one page that may be framed; it sets no cookie, is kept by nobody and runs one script', async () => {
  const { cookie } = await signedInMember(server)
  const { sessionToken } = await registerMember(server)
  const site = { 'sec-fetch-site': 'same-site', referer: 'https://shop.example/', accept: 'text/html' }
  for (const headers of [site, { ...site, cookie }, { 'sec-fetch-site': 'same-origin' }]) {
    const answer = await askForMessage({ sessionToken }, { headers })
    expect(answer.setCookies).toEqual([])
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect(answer.headers['x-frame-options']).toBeUndefined()
    expect(answer.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/=]+'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors https:/,
    )
  }
  expect(await acceptedOf(server, { cookie })).not.toEqual([])
  const other = await ask(server, { responseMode: 'query', prompt: 'login' })
  expect([other.headers['x-frame-options'], framersOf(other)]).toEqual(['DENY', "'none'"])
})

test.each([
  ['no ticket and no cookie', {}, 'login_required', 'Nobody is signed in here'],
  ['a ticket that nobody issued', { sessionToken: `adj_ticket_${'A'.repeat(43)}` }, 'login_required', 'is not known'],
  ['prompt login', { prompt: 'login' }, 'login_required', 'Nobody is signed in here'],
  ['another challenge method', { codeChallengeMethod: 'plain' }, 'invalid_request', 'codeChallengeMethod must be S256'],
  ['no response type', { responseType: undefined }, 'invalid_request', 'responseType is required'],
])('%s is told by a message too, at once, and never by a login form', async (_what, changes, error, description) => {
  const answer = await askForMessage(changes)
  expect(postedBy(answer).message).toMatchObject({
    error,
    state: 'some-state',
    error_description: expect.stringContaining(description),
  })
  expect(answer.text).not.toContain('<form')
})

test('an unknown client is told nothing by any message', async () => {
  const answer = await askForMessage({ clientId: 'x' })
  expect([answer.status, framersOf(answer)]).toEqual([400, "'none'"])
  expect(answer.text).not.toContain('postMessage')
})

test('what comes back with the state is data, whatever is in it', async () => {
  const state = `"></html><script>alert(1)</script>'&amp;\u2028`
  const answer = await askForMessage({ state })
  expect(postedBy(answer).message['state']).toBe(state)
  expect(answer.text).not.toContain('<script>alert')
})
