import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf } from '../support/answers.ts'
import { authorizeWithTicket, exchange, signedInMember, visitorTokens } from '../support/members.ts'
import { register } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function userInfoOf(email: string, profile: unknown): Promise<unknown> {
  const answer = await register(server, { loginId: { email }, password: 'a long passphrase', profile })
  const { sessionToken } = answer.json<{ sessionToken: string }>()
  const { accessToken } = await exchange(server, (await authorizeWithTicket(server, sessionToken)).code)
  return (await send(`${server.url}/oauth2/user-info`, { headers: { authorization: accessToken } })).json()
}

test('a member is told about in full', async () => {
  const profile = { firstName: 'Ada', lastName: 'Lovelace', picture: 'https://shop.example/a.png', language: 'en' }
  expect(await userInfoOf('Ada@Shop.example', { ...profile, company: 'Engines' })).toEqual({
    sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
    givenName: 'Ada',
    familyName: 'Lovelace',
    email: 'Ada@Shop.example',
    emailVerified: false,
    picture: profile.picture,
    language: 'en',
    name: 'Ada Lovelace',
  })
})

test('what a member did not say is left out, not null', async () => {
  const info = await userInfoOf('bare@shop.example', { firstName: null })
  expect(Object.keys(info as object).sort()).toEqual(['email', 'emailVerified', 'sub'])
})

test('a long name is cut between characters, never within one', async () => {
  const info = await userInfoOf('long@shop.example', { firstName: `${'a'.repeat(19)}𝄞𝄞`, lastName: 'b'.repeat(40) })
  expect(info).toMatchObject({ givenName: `${'a'.repeat(19)}𝄞`, familyName: 'b'.repeat(20) })
})

test('a visitor has none, and nobody has none', async () => {
  const { accessToken } = await visitorTokens(server)
  const visitor = await send(`${server.url}/oauth2/user-info`, { headers: { authorization: accessToken } })
  expect(refusalOf(visitor)).toBe('403 PERMISSION_DENIED')
  const nobody = await send(`${server.url}/oauth2/user-info`)
  expect(refusalOf(nobody)).toBe('401 UNAUTHENTICATED')
})

test('a session cookie is no access token', async () => {
  const { cookie } = await signedInMember(server)
  expect(refusalOf(await send(`${server.url}/oauth2/user-info`, { headers: { cookie } }))).toBe('401 UNAUTHENTICATED')
})
