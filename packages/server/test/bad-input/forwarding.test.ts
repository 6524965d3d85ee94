import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicUrl, startHttpsServer } from '../support/https-server.ts'
import { authorizeQuery, loginByForm, loginTicket, signedInMember, visitorTokens } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'
import { surfaceOf } from './surface.ts'

/** What a client, or a cache between, may claim about where a request came from and where it goes. */
const spoofed = {
  host: 'evil.example',
  forwarded: 'for=203.0.113.66;proto=https;host=evil.example',
  'x-forwarded-for': '203.0.113.66, 203.0.113.67',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-server': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-scheme': 'https',
  'x-forwarded-port': '65533',
  'x-forwarded-prefix': '/evil.example',
  'x-forwarded-ssl': 'on',
  'x-real-ip': '203.0.113.66',
  'x-client-ip': '203.0.113.66',
  'true-client-ip': '203.0.113.66',
  'cf-connecting-ip': '203.0.113.66',
  'x-original-url': '/admin/v1/keys',
  'x-rewrite-url': '/admin/v1/keys',
  'x-original-host': 'evil.example',
  'x-request-id': 'evil.example',
  'request-id': 'evil.example',
  'x-wix-request-id': 'evil.example',
  traceparent: '00-evil.example-01',
}

const claims = /evil\.example|203\.0\.113|:65533/

type Opened = Readonly<Record<string, TestServer>>
let servers: Opened

beforeAll(async () => {
  servers = {
    'on a loopback address, without trusted proxies': await startTestServer(),
    'behind a proxy that is not trusted': await startHttpsServer({
      environment: { ADJOURN_TRUSTED_PROXIES: '10.0.0.0/8' },
    }),
    'behind a proxy that is trusted': await startHttpsServer({
      environment: { ADJOURN_TRUSTED_PROXIES: '127.0.0.1' },
    }),
  }
})
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close()
})

const everyServer = [
  'on a loopback address, without trusted proxies',
  'behind a proxy that is not trusted',
  'behind a proxy that is trusted',
] as const

function serverCalled(name: string): TestServer {
  const server = servers[name]
  if (server === undefined) throw new Error(`No server is called ${name}`)
  return server
}

/** An answer without what is new in each: the request's id, secrets, tokens, numbers of time. */
function comparable({ status, headers, text }: Received) {
  const { date: _date, 'x-wix-request-id': requestId, ...others } = headers
  const mask = (part: string) =>
    part
      .replaceAll(String(requestId), '<request>')
      .replace(/adj_[a-z]+_[\w.-]+|eyJ[\w.-]+/g, '<secret>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<guid>')
      .replace(/(name="confirmation" value=")[^"]*/g, '$1<confirmation>')
  return JSON.parse(mask(JSON.stringify({ status, headers: others, text: mask(text) })))
}

for (const name of everyServer) {
  test(`H-07: ${name}, forwarding headers and Host change no answer of any route`, async () => {
    const server = serverCalled(name)
    for (const { method, addresses } of await surfaceOf(server)) {
      // Nobody looks into the development mailbox under another name: see the tests of the mailbox.
      if (addresses[0] === '/dev/mail') continue
      for (const more of [{}, { accept: 'text/html', 'sec-fetch-mode': 'navigate' }]) {
        const url = `${server.url}${addresses[0]}`
        const plain = await send(url, { method, headers: more })
        const claimed = await send(url, { method, headers: { ...more, ...spoofed } })
        expect(comparable(claimed), `${method} ${addresses[0]}`).toEqual(comparable(plain))
        expect(JSON.stringify(claimed.headers) + claimed.text).not.toMatch(claims)
      }
    }
  })

  test(`H-07: ${name}, every address that is given out is built from the base URL`, async () => {
    const server = serverCalled(name)
    const baseUrl = server.service.baseUrl
    const { client } = server
    const visitor = await visitorTokens(server)
    const headers = { ...spoofed, authorization: visitor.accessToken }
    for (const json of [
      { logout: { clientId: client.id }, callbacks: { postFlowUrl: `${siteOrigin}/bye` } },
      { auth: { authRequest: { clientId: client.id, redirectUri: `${siteOrigin}/callback` } } },
    ]) {
      const prepared = await send(`${server.url}/headless/v1/redirect-session`, { headers, json })
      const { redirectSession } = prepared.json<{
        redirectSession: { fullUrl: string; urlDetails: { endpoint: string } }
      }>()
      expect(new URL(redirectSession.fullUrl).origin).toBe(baseUrl)
      expect(new URL(redirectSession.urlDetails.endpoint).origin).toBe(baseUrl)
      expect(prepared.text).not.toMatch(claims)
    }
    const document = await send(`${server.url}/openapi.json`, { headers: spoofed })
    expect(document.json()).toMatchObject({ servers: [{ url: baseUrl }] })
    const tokens = await send(`${server.url}/oauth2/token`, {
      headers: spoofed,
      json: { clientId: client.id, grantType: 'anonymous' },
    })
    const [, payload = ''] = String(tokens.json()['access_token']).split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ iss: baseUrl, aud: baseUrl })
  })

  test(`H-07: ${name}, cookies, pages and redirects are the same with forwarding headers and Host as without`, async () => {
    const server = serverCalled(name)
    const { client } = server
    const member = await signedInMember(server)
    const visit = async (path: string, headers: Record<string, string>) =>
      comparable(await send(`${server.url}${path}`, { headers }))
    const bothWays = async (path: (ticket: string) => string, headers: Record<string, string> = {}) => {
      const [first, second] = [await loginTicket(server, member.email), await loginTicket(server, member.email)]
      const plain = await visit(path(first), headers)
      expect(await visit(path(second), { ...headers, ...spoofed })).toEqual(plain)
    }
    const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }
    await bothWays(() => `/oauth2/authorize?${authorizeQuery(client, { prompt: 'login' })}`)
    await bothWays((sessionToken) => `/oauth2/authorize?${authorizeQuery(client, { sessionToken })}`)
    await bothWays(() => '/v1/logout', { ...navigation, cookie: await loginByForm(server, member.email) })
    await bothWays(() => `/v1/logout?clientId=${client.id}&postLogoutRedirectUri=${siteOrigin}/bye`, navigation)
    await bothWays(() => '/v1/logout')
  })

  test(`H-07: ${name}, nothing of such headers is logged`, async () => {
    const server = serverCalled(name)
    await send(`${server.url}/v1/sessions/current`, {
      headers: {
        ...spoofed,
        cookie: 'adjourn_session=a; ADJOURN_SESSION=b; __Host-adjourn_session=c; __host-adjourn_session=d',
      },
    })
    expect(server.log.length).toBeGreaterThan(0)
    expect(server.log.filter((line) => claims.test(line))).toEqual([])
  })
}

test('H-07: a form of another host is not taken for our own because it names our host, or its own as ours', async () => {
  for (const server of Object.values(servers)) {
    const form = {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client))),
      email: 'a',
      password: 'b',
    }
    for (const headers of [
      { ...spoofed, origin: 'https://evil.example' },
      { ...spoofed, origin: 'https://evil.example', referer: `${publicUrl}/oauth2/authorize` },
      { ...spoofed, host: new URL(publicUrl).host, origin: 'null' },
    ]) {
      expect((await send(`${server.url}/oauth2/authorize`, { form, headers })).status).toBe(403)
    }
  }
})
