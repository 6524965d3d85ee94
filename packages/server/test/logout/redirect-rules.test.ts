/** Where a logout may lead, by which client, and what a refusal leaves as it was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/domain/client.ts'
import {
  envelopeOf,
  formOf,
  headingOf,
  isAccepted,
  logoutLink,
  navigation,
  sendLogout,
  storedHashOf,
  submit,
} from '../support/logout.ts'
import { authorizeWithCookie, exchange, loginByForm, signedInMember, visitorTokens } from '../support/members.ts'
import { send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let other: Client
let disabled: Client
beforeAll(async () => {
  server = await startTestServer()
  other = await server.addClient({
    allowedRedirectUris: [callbackUri, 'https://other.example/only-this?x=1'],
    allowedRedirectDomains: ['pages.other.example:8443', 'localhost'],
  })
  disabled = await server.addClient({ disabledAt: server.clock.now() })
})
afterAll(() => server.close())

const goodbye = 'https://shop.example/bye'
const guid = '00000000-0000-4000-8000-000000000000'

interface Violation {
  readonly field: string
  readonly description: string
  readonly violatedRule: string
  readonly ruleName: string
  readonly data: unknown
}
interface Refusal {
  readonly message: string
  readonly details: {
    readonly validationError?: { readonly fieldViolations: readonly Violation[] }
    readonly applicationError?: { readonly code: string; readonly description: string; readonly data: unknown }
  }
}

type Fields = Record<string, string>
type Rule = 'GUID' | 'WEB_URL' | 'REDIRECT_NOT_ALLOWED' | 'OAUTH_APP_NOT_FOUND'

const shopId = () => server.client.id
const refused: readonly (readonly [name: string, fields: () => Fields, rule: Rule])[] = [
  ['a clientId that is no GUID', () => ({ clientId: 'shop' }), 'GUID'],
  ['a clientId in braces', () => ({ clientId: `{${shopId()}}` }), 'GUID'],
  [
    'a clientId that is no GUID, with a good address',
    () => ({ clientId: '1', postLogoutRedirectUri: goodbye }),
    'GUID',
  ],
  ['a path', () => ({ clientId: shopId(), postLogoutRedirectUri: '/bye' }), 'WEB_URL'],
  ['a host alone', () => ({ clientId: shopId(), postLogoutRedirectUri: 'shop.example' }), 'WEB_URL'],
  ['two slashes and a host', () => ({ clientId: shopId(), postLogoutRedirectUri: '//shop.example/' }), 'WEB_URL'],
  ['a script', () => ({ clientId: shopId(), postLogoutRedirectUri: 'javascript:alert(1)' }), 'WEB_URL'],
  ['a data URL', () => ({ clientId: shopId(), postLogoutRedirectUri: 'data:text/html,x' }), 'WEB_URL'],
  ['an app scheme', () => ({ clientId: shopId(), postLogoutRedirectUri: 'exp://shop.example/' }), 'WEB_URL'],
  ['ftp', () => ({ clientId: shopId(), postLogoutRedirectUri: 'ftp://shop.example/' }), 'WEB_URL'],
  ['user information', () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://a@shop.example/' }), 'WEB_URL'],
  [
    'a backslash',
    () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://evil.example\\@shop.example' }),
    'WEB_URL',
  ],
  ['a tab', () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://shop.example/\t' }), 'WEB_URL'],
  ['a line break', () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://shop.example/\r\nX: y' }), 'WEB_URL'],
  ['2049 characters', () => ({ clientId: shopId(), postLogoutRedirectUri: goodbye.padEnd(2049, 'x') }), 'WEB_URL'],
  ['an address without any client', () => ({ postLogoutRedirectUri: goodbye }), 'REDIRECT_NOT_ALLOWED'],
  [
    'another host',
    () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://evil.example/' }),
    'REDIRECT_NOT_ALLOWED',
  ],
  [
    'a subdomain',
    () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://www.shop.example/' }),
    'REDIRECT_NOT_ALLOWED',
  ],
  [
    'the host as a prefix',
    () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://shop.example.evil.example/' }),
    'REDIRECT_NOT_ALLOWED',
  ],
  ['http', () => ({ clientId: shopId(), postLogoutRedirectUri: 'http://shop.example/bye' }), 'REDIRECT_NOT_ALLOWED'],
  [
    'another port',
    () => ({ clientId: other.id, postLogoutRedirectUri: 'https://pages.other.example/' }),
    'REDIRECT_NOT_ALLOWED',
  ],
  [
    'a registered URI with a slash more',
    () => ({ clientId: other.id, postLogoutRedirectUri: `${callbackUri}/` }),
    'REDIRECT_NOT_ALLOWED',
  ],
  [
    'a registered URI with another query',
    () => ({ clientId: other.id, postLogoutRedirectUri: 'https://other.example/only-this?x=2' }),
    'REDIRECT_NOT_ALLOWED',
  ],
  [
    'a registered URI in capitals',
    () => ({ clientId: other.id, postLogoutRedirectUri: 'https://OTHER.example/only-this?x=1' }),
    'REDIRECT_NOT_ALLOWED',
  ],
  [
    'the address of another client',
    () => ({ clientId: other.id, postLogoutRedirectUri: goodbye }),
    'REDIRECT_NOT_ALLOWED',
  ],
  ['a client that is not there', () => ({ clientId: guid, postLogoutRedirectUri: goodbye }), 'OAUTH_APP_NOT_FOUND'],
  [
    'a client that is disabled',
    () => ({ clientId: disabled.id, postLogoutRedirectUri: goodbye }),
    'OAUTH_APP_NOT_FOUND',
  ],
]

const wordsOfRule: Readonly<Record<Rule, RegExp>> = {
  GUID: /clientId must be a GUID/,
  WEB_URL: /postLogoutRedirectUri must (?:be an absolute|have|not contain) /,
  REDIRECT_NOT_ALLOWED: /postLogoutRedirectUri (?:is not among|cannot be followed)/,
  OAUTH_APP_NOT_FOUND: /clientId names no client/,
}

/** The whole error envelope of a rule. */
function expectedRefusal(rule: Rule, { message, details }: Refusal) {
  const description = expect.any(String)
  if (rule === 'OAUTH_APP_NOT_FOUND') {
    expect(details).toEqual({ applicationError: { code: rule, description, data: {} } })
    return
  }
  const violation = {
    GUID: { field: 'clientId', violatedRule: 'FORMAT', ruleName: '', data: { type: 'GUID' } },
    WEB_URL: { field: 'postLogoutRedirectUri', violatedRule: 'FORMAT', ruleName: '', data: { type: 'WEB_URL' } },
    REDIRECT_NOT_ALLOWED: { field: 'postLogoutRedirectUri', violatedRule: 'OTHER', ruleName: rule, data: {} },
  }[rule]
  expect(message).toBe('Request validation failed')
  expect(details).toEqual({ validationError: { fieldViolations: [{ ...violation, description }] } })
}

describe('refused', () => {
  test.each(refused)(
    'R-03: %s gets a program 400, and nothing ends, by any credential',
    async (_name, fields, rule) => {
      const byToken = await signedInMember(server)
      const byCookie = await signedInMember(server)
      const byTicket = await signedInMember(server)
      const { ticket } = await logoutLink(server, byTicket.accessToken)
      // The token and the ticket would name the client, so they are left out where none is to be named.
      const withClient = 'clientId' in fields()
      const answer = await sendLogout(
        server,
        { ...fields(), ...(withClient ? { logoutTicket: ticket } : {}) },
        {
          headers: {
            'sec-fetch-site': 'same-origin',
            ...(withClient ? { authorization: byToken.accessToken, cookie: byCookie.cookie } : {}),
          },
        },
      )
      expect(answer.status).toBe(400)
      expectedRefusal(rule, answer.json<Refusal>())
      expect(answer.setCookies).toEqual([])
      expect(answer.headers['location']).toBeUndefined()
      expect(await isAccepted(server, byToken)).toBe(true)
      expect(await isAccepted(server, { cookie: byCookie.cookie })).toBe(true)
      expect(await isAccepted(server, byTicket)).toBe(true)
      // The ticket was not used up by what was refused.
      await sendLogout(server, { logoutTicket: ticket })
      expect(await isAccepted(server, byTicket)).toBe(false)
    },
  )

  test.each(refused)('R-03, C-09: %s gets a person a page with a form that then works', async (_name, fields, rule) => {
    const { cookie } = await signedInMember(server)
    const { cookie: unrelated } = await signedInMember(server)
    for (const site of ['same-origin', 'cross-site'] as const) {
      const answer = await sendLogout(server, fields(), { headers: navigation(site, cookie) })
      expect(answer.status).toBe(400)
      expect(headingOf(answer)).toBe('This sign-out link was refused')
      expect(answer.text).toMatch(wordsOfRule[rule])
      expect(answer.text).toContain('no session has ended')
      expect(answer.setCookies).toEqual([])
      expect(answer.headers).not.toHaveProperty('location')
      expect(answer.headers).not.toHaveProperty('clear-site-data')
      expect(answer.text).not.toMatch(/<a /)
      expect(await isAccepted(server, { cookie })).toBe(true)

      const form = formOf(answer.text)
      expect(form).toMatchObject({ method: 'post', action: '/v1/logout' })
      expect(Object.keys(form.fields)).toEqual(['confirmation'])
      if (site === 'same-origin') continue
      const done = await submit(server, form, cookie)
      expect(done.status).toBe(200)
      expect(headingOf(done)).toBe('You are signed out')
      expect(done.headers).not.toHaveProperty('location')
      expect(await isAccepted(server, { cookie })).toBe(false)
      expect(await isAccepted(server, { cookie: unrelated })).toBe(true)
    }
  })

  test('the page names the value that was given, and makes no link or markup of it', async () => {
    const given = 'https://evil.example/"><script>alert(1)</script>'
    const { text } = await sendLogout(
      server,
      { clientId: server.client.id, postLogoutRedirectUri: given },
      { headers: navigation('none') },
    )
    expect(text).toContain('https://evil.example/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('href="https://evil.example')
  })

  test('the page of a clientId that is no GUID speaks of the application, not of an address', async () => {
    const { text } = await sendLogout(server, { clientId: 'shop' }, { headers: navigation('none') })
    expect(text).toContain('<dt>Application that was named</dt>\n<dd><code><bdi>shop</bdi></code></dd>')
    expect(text).not.toContain('Address that was given')
  })

  test('H-05: a field that is repeated gets a person a page, with a form that works', async () => {
    const { cookie } = await signedInMember(server)
    const answer = await send(`${server.url}/v1/logout?clientId=a&clientId=b`, {
      headers: navigation('cross-site', cookie),
    })
    expect(answer.status).toBe(400)
    expect(headingOf(answer)).toBe('This sign-out link was refused')
    expect(await isAccepted(server, { cookie })).toBe(true)
    await submit(server, formOf(answer.text), cookie)
    expect(await isAccepted(server, { cookie })).toBe(false)
  })

  test('a person without a cookie gets a link to sign out instead of a form', async () => {
    const answer = await sendLogout(server, { clientId: 'shop' }, { headers: navigation('none') })
    expect(answer.text).toContain('<a class="button" href="/v1/logout">Sign out</a>')
    expect(answer.text).not.toContain('<form')
  })

  test('a person with a ticket alone gets a form that ends what the ticket names', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    const answer = await send(`${url}&postLogoutRedirectUri=${encodeURIComponent('https://evil.example/')}`, {
      headers: navigation('cross-site'),
    })
    expect(answer.status).toBe(400)
    expect(await isAccepted(server, member)).toBe(true)
    const done = await submit(server, formOf(answer.text))
    expect(headingOf(done)).toBe('You are signed out')
    expect(await isAccepted(server, member)).toBe(false)
  })
})

describe('allowed', () => {
  test.each<readonly [string, () => Fields]>([
    ['an address in the domain', () => ({ clientId: shopId(), postLogoutRedirectUri: goodbye })],
    ['the domain on any port', () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://shop.example:1/' })],
    ['the domain in capitals', () => ({ clientId: shopId(), postLogoutRedirectUri: 'https://SHOP.example/bye' })],
    ['a callback', () => ({ clientId: other.id, postLogoutRedirectUri: callbackUri })],
    ['a registered URI', () => ({ clientId: other.id, postLogoutRedirectUri: 'https://other.example/only-this?x=1' })],
    [
      'the port of the domain',
      () => ({ clientId: other.id, postLogoutRedirectUri: 'https://pages.other.example:8443/x' }),
    ],
    ['http on localhost', () => ({ clientId: other.id, postLogoutRedirectUri: 'http://localhost:3000/' })],
    ['2048 characters', () => ({ clientId: shopId(), postLogoutRedirectUri: goodbye.padEnd(2048, 'x') })],
  ])('%s is followed in both renderings', async (_name, fields) => {
    const location = new URL(fields()['postLogoutRedirectUri'] ?? '').href
    const { cookie, accessToken } = await signedInMember(server)
    const enveloped = await sendLogout(server, fields(), { headers: { authorization: accessToken } })
    expect(envelopeOf(enveloped)).toMatchObject({ statusCode: 302, location })
    const raw = await sendLogout(server, fields(), { headers: navigation('same-origin', cookie) })
    expect(raw).toMatchObject({ status: 302, headers: { location } })
  })

  test.each([
    ['unknown', () => guid],
    ['disabled', () => disabled.id],
  ])('a clientId that is %s does not matter where no redirect is asked for', async (_name, clientId) => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(server, { clientId: clientId() }, { headers: { authorization: accessToken } })
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 200 })
    expect(await isAccepted(server, { accessToken })).toBe(false)
  })
})

describe('whose addresses count', () => {
  const atOther = 'https://pages.other.example:8443/bye'

  async function memberOfOther() {
    const member = await signedInMember(server)
    const tokens = await exchange(server, await authorizeWithCookie(server, member.cookie, other), other)
    return { ...member, ofOther: tokens.accessToken }
  }

  test("without clientId, the access token's client's", async () => {
    const { accessToken, ofOther } = await memberOfOther()
    const right = await sendLogout(server, { postLogoutRedirectUri: atOther }, { headers: { authorization: ofOther } })
    expect(envelopeOf(right).location).toBe(atOther)
    const wrong = await sendLogout(
      server,
      { postLogoutRedirectUri: atOther },
      { headers: { authorization: accessToken } },
    )
    expect(wrong.status).toBe(400)
  })

  test("also of a token that has expired, and of a visitor's", async () => {
    const { ofOther } = await memberOfOther()
    const visitor = await visitorTokens(server, other)
    server.clock.advance(60 * 60_000)
    for (const authorization of [ofOther, visitor.accessToken, `Bearer ${visitor.accessToken}`]) {
      const answer = await sendLogout(server, { postLogoutRedirectUri: atOther }, { headers: { authorization } })
      expect(envelopeOf(answer).location).toBe(atOther)
    }
  })

  test("without either, the ticket's client's", async () => {
    const { ofOther } = await memberOfOther()
    const { ticket } = await logoutLink(server, ofOther, { clientId: other.id })
    const answer = await sendLogout(server, { logoutTicket: ticket, postLogoutRedirectUri: atOther })
    expect(envelopeOf(answer).location).toBe(atOther)
  })

  test('without any, that of the login of the cookie, also of one that has ended', async () => {
    const { email } = await signedInMember(server)
    const cookie = await loginByForm(server, email)
    server.database
      .prepare('UPDATE session SET client_id = ? WHERE secret_hash = ?')
      .run(other.id, storedHashOf(cookie))
    for (let time = 0; time < 2; time += 1) {
      const answer = await sendLogout(
        server,
        { postLogoutRedirectUri: atOther },
        { headers: navigation('same-origin', cookie) },
      )
      expect(answer).toMatchObject({ status: 302, headers: { location: atOther } })
    }
  })

  test("clientId wins over the token's client: the token of another app is no error, and its session ends", async () => {
    const { ofOther } = await memberOfOther()
    const fields = { clientId: server.client.id, postLogoutRedirectUri: goodbye }
    const answer = await sendLogout(server, fields, { headers: { authorization: ofOther } })
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 302, location: goodbye })
    expect(await isAccepted(server, { accessToken: ofOther })).toBe(false)
  })

  test('a token of a disabled client names no addresses, but still its session', async () => {
    const gone = await server.addClient({ allowedRedirectUris: [callbackUri] })
    const member = await signedInMember(server)
    const { accessToken } = await exchange(server, await authorizeWithCookie(server, member.cookie, gone), gone)
    server.database.prepare('UPDATE client SET disabled_at = 1 WHERE id = ?').run(gone.id)
    const headers = { authorization: accessToken }
    expect((await sendLogout(server, { postLogoutRedirectUri: goodbye }, { headers })).status).toBe(400)
    expect(await isAccepted(server, { cookie: member.cookie })).toBe(true)
    expect((await sendLogout(server, {}, { headers })).status).toBe(200)
    expect(await isAccepted(server, { cookie: member.cookie })).toBe(false)
  })
})
