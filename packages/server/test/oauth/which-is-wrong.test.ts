/** A code or ticket that is no good any more says what is wrong with it and how to go on: nobody has to guess. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { locationOf } from '../support/answers.ts'
import {
  authorizeWithCookie,
  authorizeWithTicket,
  exchange,
  loginTicket,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { authorize, presentCode } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const minute = 60_000

async function freshCode(): Promise<string> {
  const { sessionToken } = await registerMember(server)
  return (await authorizeWithTicket(server, sessionToken)).code
}

async function codeProblem(code: string, changes: Parameters<typeof presentCode>[2] = {}): Promise<string> {
  const answer = await presentCode(server, code, changes)
  const { error, error_description: description } = answer.json<Record<string, string>>()
  expect([answer.status, error]).toEqual([400, 'invalid_grant'])
  expect(description).toContain('Begin again with a new authorization request')
  expect(description).not.toContain(code)
  return description ?? ''
}

async function ticketProblem(sessionToken: string, headers: Record<string, string> = {}): Promise<string> {
  const { searchParams } = locationOf(await authorize(server, { sessionToken, prompt: 'none' }, { headers }))
  expect(searchParams.get('error')).toBe('login_required')
  return searchParams.get('error_description') ?? ''
}

test('a code that has expired says so', async () => {
  const code = await freshCode()
  server.clock.advance(minute)
  expect(await codeProblem(code)).toMatch(/^The code has expired: it is good for 60 s\./)
})

test('a code that was used says so', async () => {
  const code = await freshCode()
  await exchange(server, code)
  expect(await codeProblem(code)).toMatch(/^The code was used already, and what it gave has been ended\./)
  expect(await codeProblem(code)).toMatch(/^The code was used already/)
})

test('a code of another client, for another address or with another verifier says which of them', async () => {
  const other = await server.addClient()
  const code = await freshCode()
  expect(await codeProblem(code, { clientId: other.id })).toMatch(/^The code was issued to another client\./)
  expect(await codeProblem(code, { redirectUri: 'https://shop.example/other' })).toMatch(/^redirectUri is not/)
  expect(await codeProblem(code, { codeVerifier: 'w'.repeat(43) })).toMatch(/^codeVerifier does not fit/)
})

test('a code whose session has ended says so, and one that nobody issued is not known', async () => {
  const { cookie, accessToken } = await signedInMember(server)
  const code = await authorizeWithCookie(server, cookie)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  expect(await codeProblem(code)).toMatch(/^The session that the code came from has ended\./)
  expect(await codeProblem(`adj_code_${'A'.repeat(43)}`)).toMatch(/^The code is not known\./)
})

test('a sessionToken that was used, has expired or is not known says which, and to log in again', async () => {
  const { sessionToken, email } = await registerMember(server)
  await authorizeWithTicket(server, sessionToken)
  expect(await ticketProblem(sessionToken)).toBe('sessionToken was used already. Log in again for a new one')
  const late = await loginTicket(server, email)
  server.clock.advance(10 * minute)
  expect(await ticketProblem(late)).toBe(
    'sessionToken has expired: it is good for 10 minutes. Log in again for a new one',
  )
  const nobodys = `adj_ticket_${'A'.repeat(43)}`
  expect(await ticketProblem(nobodys)).toBe('sessionToken is not known. Log in again for a new one')
})

test('a sessionToken of a session that has ended says so', async () => {
  const { sessionToken, email } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, await loginTicket(server, email))
  const { accessToken } = await exchange(server, code)
  await send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: accessToken } })
  expect(await ticketProblem(sessionToken)).toMatch(/^The session of sessionToken has ended\./)
})

test('where somebody else is signed in than the one whom a used sessionToken names, that is said', async () => {
  const { sessionToken } = await registerMember(server)
  await authorizeWithTicket(server, sessionToken)
  const { cookie } = await signedInMember(server)
  expect(await ticketProblem(sessionToken, { cookie })).toMatch(/^Somebody else is signed in here/)
})

test('without a ticket and a cookie nobody is signed in, and nothing else is said', async () => {
  const { searchParams } = locationOf(await authorize(server, { prompt: 'none' }))
  expect(searchParams.get('error_description')).toBe('Nobody is signed in here')
})
