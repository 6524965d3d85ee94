import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf } from '../support/answers.ts'
import { visitorTokens } from '../support/members.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** Written out, so that a prefix that is lost in the code is missed here. */
const authentication = [
  '',
  '/_api/iam/authentication',
  '/iam/authentication',
  '/authentication',
  '/_api/authentication',
]
const oauth = ['/oauth2', '/_api/oauth2', '/oauth', '/v1/oauth']
const redirects = ['/_api/redirects-api', '/headless', '/redirect-session', '']

interface Method {
  readonly paths: readonly string[]
  readonly sent: () => Sent | Promise<Sent>
  readonly understood: (answer: Received) => boolean
}

const at = (prefixes: readonly string[], path: string) => prefixes.map((prefix) => `${prefix}${path}`)
const methods: readonly Method[] = [
  {
    paths: at(authentication, '/v2/register'),
    sent: () => ({ json: { loginId: { email: 'x' }, password: 'long enough 9' } }),
    understood: ({ text }) => text.includes('loginId.email'),
  },
  {
    paths: at(authentication, '/v2/login'),
    sent: () => ({ json: { loginId: { email: 'x' } } }),
    understood: (answer) => refusalOf(answer) === '404 -19999',
  },
  {
    paths: at(authentication, '/v2/change-password'),
    sent: () => ({ json: { newPassword: 'long enough 9' } }),
    understood: (answer) => refusalOf(answer) === '401 UNAUTHENTICATED',
  },
  {
    paths: at(authentication, '/v2/validate-email'),
    sent: () => ({ json: { email: 'x' } }),
    understood: ({ text }) => text.includes('formatInvalid'),
  },
  {
    paths: at(oauth, '/token'),
    sent: () => ({ json: {} }),
    understood: ({ text }) => text.includes('invalid_request'),
  },
  {
    paths: [...at(oauth, '/token-info'), ...at(oauth, '/token_info'), '/v1/token_info'],
    sent: () => ({ json: { token: 'x' } }),
    understood: ({ text }) => text.includes('"active":false'),
  },
  {
    paths: at(oauth, '/jwks'),
    sent: () => ({}),
    understood: ({ text }) => text.includes('"keys"'),
  },
  {
    paths: at(oauth, '/user-info'),
    sent: async () => ({ headers: { authorization: (await visitorTokens(server)).accessToken } }),
    understood: (answer) => refusalOf(answer) === '403 PERMISSION_DENIED',
  },
  {
    paths: at(oauth, '/authorize'),
    sent: () => ({}),
    understood: ({ status, text }) => status === 400 && text.includes('Invalid redirect URI'),
  },
  {
    paths: at(redirects, '/v1/redirect-session'),
    sent: () => ({ json: {} }),
    understood: ({ text }) => text.includes('exactly one'),
  },
]
const everyPath = methods.flatMap(({ paths, ...method }) => paths.map((path) => ({ path, ...method })))

test.each(everyPath)('$path is answered, with and without a slash at its end', async ({ path, sent, understood }) => {
  for (const url of [`${server.url}${path}`, `${server.url}${path}/`]) {
    const answer = await send(url, await sent())
    expect(understood(answer), `${answer.status} ${answer.text}`).toBe(true)
  }
})

test.each(everyPath)('$path in another case is not there', async ({ path, sent }) => {
  const last = path.lastIndexOf('/') + 1
  const other = path.slice(0, last) + path.charAt(last).toUpperCase() + path.slice(last + 1)
  expect(refusalOf(await send(`${server.url}${other}`, await sent()))).toBe('404 NOT_FOUND')
})

test.each([
  '/v2/unknown',
  '/_api/iam/v2/login',
  '/_api/iam/authentication/v1/login',
  '/oauth2',
  '/oauth2/tokens',
  '/oauth3/token',
  '//oauth2/token',
  '/oauth2//token',
  '/oauth2/token/more',
  '/headless/redirect-session',
  '/v2/login;a=b',
])('%s is not there, and the error envelope says so', async (path) => {
  const answer = await send(`${server.url}${path}`, { json: {} })
  expect(answer.status).toBe(404)
  expect(answer.json()).toEqual({
    message: expect.any(String),
    details: { applicationError: { code: 'NOT_FOUND', description: expect.any(String), data: {} } },
  })
  expect(answer.headers['x-wix-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

test('every answer has a request id of its own', async () => {
  const answers = await Promise.all(
    everyPath.slice(0, 8).map(async ({ path, sent }) => send(server.url + path, await sent())),
  )
  expect(new Set(answers.map(({ headers }) => headers['x-wix-request-id'])).size).toBe(8)
})
