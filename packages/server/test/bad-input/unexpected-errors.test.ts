import { afterAll, beforeAll, expect, test } from 'vitest'
import { StorageUnavailable } from '../../src/ports/storage.ts'
import { minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithTicket,
  codeVerifier,
  everythingAccepted,
  loginTicket,
  password,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { administratorKey, callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'
import { AnswerWatch } from './expect-answer.ts'
import { FailingCalls } from './failing-storage.ts'
import type { ErrorForm } from './surface.ts'

let server: TestServer
const calls = new FailingCalls()
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer({
    decorateStorage: calls.storage,
    decorateHasher: (hasher) => calls.around(hasher, ['needsRehash', 'problemOfForeign']),
  })
})
afterAll(() => server.close())

type Member = Awaited<ReturnType<typeof signedInMember>>

interface Flow {
  readonly form: ErrorForm
  readonly isLogout?: boolean
  /** The request, made ready afresh for every run. */
  readonly request: (member: Member) => Promise<readonly [path: string, sent?: Sent]>
}

const person = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }
const program = { 'x-requested-with': 'a script' }
const loginForm = (member: Member): Sent => ({
  headers: { 'sec-fetch-site': 'same-origin', cookie: member.cookie },
  form: { ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client))), email: member.email, password },
})

const flows: Readonly<Record<string, Flow>> = {
  register: {
    form: 'identity',
    request: async ({ email }) => ['/v2/register', { json: { loginId: { email: `new.${email}` }, password } }],
  },
  login: { form: 'identity', request: async ({ email }) => ['/v2/login', { json: { loginId: { email }, password } }] },
  'login by the form': { form: 'page', request: async (member) => ['/oauth2/authorize', loginForm(member)] },
  'authorize by ticket': {
    form: 'page',
    request: async ({ email }) => [
      `/oauth2/authorize?${authorizeQuery(server.client, { sessionToken: await loginTicket(server, email) })}`,
    ],
  },
  'authorize by cookie': {
    form: 'page',
    request: async ({ cookie }) => [`/oauth2/authorize?${authorizeQuery(server.client)}`, { headers: { cookie } }],
  },
  'code exchange': {
    form: 'oauth',
    request: async ({ email }) => {
      const { code } = await authorizeWithTicket(server, await loginTicket(server, email))
      const fields = { clientId: server.client.id, code, codeVerifier, redirectUri: callbackUri }
      return ['/oauth2/token', { json: { ...fields, grantType: 'authorization_code' } }]
    },
  },
  refresh: {
    form: 'oauth',
    request: async ({ refreshToken }) => ['/oauth2/token', { json: { grantType: 'refresh_token', refreshToken } }],
  },
  'visitor tokens': {
    form: 'oauth',
    request: async () => ['/oauth2/token', { json: { grantType: 'anonymous', clientId: server.client.id } }],
  },
  'refresh of a visitor': {
    form: 'oauth',
    request: async () => {
      const { refreshToken } = await visitorTokens(server)
      return ['/oauth2/token', { json: { grantType: 'refresh_token', refreshToken } }]
    },
  },
  'token info': {
    form: 'identity',
    request: async ({ accessToken }) => ['/oauth2/token-info', { json: { token: accessToken } }],
  },
  'token info of a refresh token': {
    form: 'identity',
    request: async ({ refreshToken }) => ['/oauth2/token-info', { json: { token: refreshToken } }],
  },
  'user info': {
    form: 'identity',
    request: async ({ accessToken }) => ['/oauth2/user-info', { headers: { authorization: accessToken } }],
  },
  'session check by token': {
    form: 'identity',
    request: async ({ accessToken }) => ['/v1/sessions/current', { headers: { authorization: accessToken } }],
  },
  'session check by cookie': {
    form: 'identity',
    request: async ({ cookie }) => ['/v1/sessions/current', { headers: { cookie } }],
  },
  'session check from a known origin': {
    form: 'identity',
    request: async ({ accessToken }) => [
      '/v1/sessions/current',
      { headers: { authorization: accessToken, origin: 'https://shop.example' } },
    ],
  },
  'change password': {
    form: 'identity',
    request: async ({ accessToken, cookie }) => [
      '/v2/change-password',
      { headers: { authorization: accessToken, cookie }, json: { newPassword: password } },
    ],
  },
  'preparing a logout': {
    form: 'identity',
    request: async ({ accessToken }) => [
      '/headless/v1/redirect-session',
      { headers: { authorization: accessToken }, json: { logout: { clientId: server.client.id } } },
    ],
  },
  'administration of keys': {
    form: 'identity',
    request: async () => ['/admin/v1/keys', { headers: { authorization: `Bearer ${administratorKey}` } }],
  },
  readiness: { form: 'identity', request: async () => ['/readyz'] },
  'logout by token': {
    form: 'identity',
    isLogout: true,
    request: async ({ accessToken }) => ['/v1/logout', { headers: { authorization: accessToken } }],
  },
  'logout by cookie': {
    form: 'identity',
    isLogout: true,
    request: async ({ cookie }) => ['/v1/logout', { method: 'POST', headers: { ...program, cookie } }],
  },
  'logout by token and cookie with a redirect': {
    form: 'identity',
    isLogout: true,
    request: async ({ accessToken, cookie }) => [
      '/v1/logout',
      {
        headers: { authorization: accessToken, cookie, ...program },
        json: { postLogoutRedirectUri: 'https://shop.example/bye', clientId: server.client.id },
      },
    ],
  },
  'logout of a person': {
    form: 'page',
    isLogout: true,
    request: async ({ cookie }) => ['/v1/logout', { headers: { ...person, cookie } }],
  },
  'logout of a person with a redirect': {
    form: 'page',
    isLogout: true,
    request: async ({ cookie }) => [
      `/v1/logout?clientId=${server.client.id}&postLogoutRedirectUri=https://shop.example/bye`,
      { headers: { ...person, cookie } },
    ],
  },
  'logout of a person by ticket': {
    form: 'page',
    isLogout: true,
    request: async ({ accessToken, cookie }) => {
      const prepared = await send(`${server.url}/headless/v1/redirect-session`, {
        headers: { authorization: accessToken },
        json: { logout: { clientId: server.client.id } },
      })
      const { fullUrl } = prepared.json<{ redirectSession: { fullUrl: string } }>().redirectSession
      return [fullUrl.slice(server.url.length), { headers: { ...person, cookie } }]
    },
  },
  'end of the session': {
    form: 'identity',
    isLogout: true,
    request: async ({ accessToken, cookie }) => [
      '/v1/sessions/current',
      { method: 'DELETE', headers: { authorization: accessToken, cookie, ...program } },
    ],
  },
  'end of every session': {
    form: 'identity',
    isLogout: true,
    request: async ({ accessToken }) => ['/v1/sessions', { method: 'DELETE', headers: { authorization: accessToken } }],
  },
}

/** Calls whose failure nobody is told of, because nothing that was asked for depends on them. */
const unasked: ReadonlySet<string | undefined> = new Set(['touchSession'])

const secretText = `SELECT hash FROM session WHERE secret = 'adj_session_leaked' -- leaked by ${import.meta.filename}`

interface About {
  readonly member: Member
  readonly path: string
  readonly sent: Sent | undefined
  /** The method that failed. */
  readonly failed: string
  readonly logged: readonly string[]
}

/** Runs a flow again and again, with the first call failing, then the second, until there are no more to fail. */
async function failEach(
  flow: Flow,
  makeError: () => Error,
  when: 'before' | 'after',
  look: (answer: Received, about: About) => Promise<void>,
): Promise<readonly string[]> {
  const failures: string[] = []
  for (let n = 0; ; n += 1) {
    const member = await signedInMember(server)
    const [path, sent] = await flow.request(member)
    // So that every use is worth noting, which is one more call that may fail.
    server.clock.advance(2 * minute)
    const logged = server.log.length
    calls.arm(n, makeError(), when)
    const answer = await send(`${server.url}${path}`, sent)
    const failed = calls.disarm()
    if (failed === undefined) return failures
    failures.push(failed)
    if (unasked.has(failed)) expect(answer.status, failed).toBeLessThan(400)
    else await look(answer, { member, path, sent, failed, logged: server.log.slice(logged) })
    expect((await send(`${server.url}/healthz`)).status).toBe(200)
  }
}

/** What a failed logout comes to when the same is asked again: nothing of the session is accepted, whatever was lost. */
async function expectRetryToEnd(answer: Received, { member, path, sent }: About): Promise<void> {
  const retried = await send(`${server.url}${path}`, sent)
  // Ending every session needs a live one; where the first try has ended it and only the answer was lost, none is left.
  const goneBefore = path === '/v1/sessions' ? [401] : []
  expect([200, 204, 302, ...goneBefore], `the retry after ${answer.status}`).toContain(retried.status)
  const { accessToken, refreshToken, cookie } = member
  expect(await acceptedOf(server, { accessToken, refreshToken, cookie })).toEqual([])
}

for (const [name, flow] of Object.entries(flows)) {
  for (const when of flow.isLogout ? (['before', 'after'] as const) : (['before'] as const)) {
    test(`H-09: ${name}: whichever call fails ${when} its work, the answer is a generic 500 with the reference that is in the log, and gives no access`, async () => {
      const failures = await failEach(
        flow,
        () => new Error(secretText),
        when,
        async (answer, about) => {
          const sent = `POST ${name}, ${about.failed}`
          watch.expectRefusal(answer, 500, flow.form, sent)
          expect(answer.text, sent).not.toMatch(/leaked|adj_/)
          expect(JSON.stringify(answer.headers), sent).not.toMatch(/leaked|adj_/)
          const reference = String(answer.headers['x-wix-request-id'])
          const line = about.logged.find((each) => each.includes(reference) && each.includes('leaked'))
          expect(line, `the log line of ${sent}`).toBeDefined()
          if (flow.form === 'page') expect(answer.text, sent).toContain(reference)
          if (!flow.isLogout) return
          if (when === 'before') expect(await acceptedOf(server, about.member), sent).toEqual(everythingAccepted)
          await expectRetryToEnd(answer, about)
        },
      )
      expect(failures.length).toBeGreaterThan(0)
    })

    const row = flow.isLogout ? 'D-02: ' : name.startsWith('session check') ? 'D-17: ' : ''
    test(`${row}${name}: whichever call finds the database away ${when} its work, the answer is 503 with Retry-After`, async () => {
      const outcome = when === 'before' ? 'nothing_happened' : 'unknown'
      const unavailable = () => new StorageUnavailable('The disk is gone: secret details', { outcome })
      await failEach(flow, unavailable, when, async (answer, about) => {
        const sent = `POST ${name}, ${about.failed}`
        watch.expectRefusal(answer, 503, flow.form, sent)
        expect(Number(answer.headers['retry-after']), sent).toBeGreaterThan(0)
        expect(answer.headers, sent).not.toHaveProperty('www-authenticate')
        expect(answer.text, sent).not.toContain('secret details')
        if (!flow.isLogout) return
        if (when === 'before') expect(await acceptedOf(server, about.member), sent).toEqual(everythingAccepted)
        await expectRetryToEnd(answer, about)
      })
    })
  }
}
