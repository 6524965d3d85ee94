/** The login page by itself: a redirect session with the intent `login` leads there. It gives the site no code. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, violationOf } from '../support/answers.ts'
import { formOf, headingOf } from '../support/logout.ts'
import { acceptedOf, password, registerMember, signedInMember, visitorTokens } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const home = 'https://shop.example/home'

async function redirectSession(body: unknown, authorization?: string) {
  const token = authorization ?? (await visitorTokens(server)).accessToken
  return send(`${server.url}/_api/redirects-api/v1/redirect-session`, { headers: { authorization: token }, json: body })
}

async function loginLink(postFlowUrl?: string): Promise<string> {
  const answer = await redirectSession({ login: {}, callbacks: { postFlowUrl } })
  return answer.json<{ redirectSession: { fullUrl: string } }>().redirectSession.fullUrl
}

/** Fills the form in and sends it, as a browser would. */
async function submit(html: string, fields: Readonly<Record<string, string>>, headers = {}) {
  const form = formOf(html)
  return send(new URL(form.action, server.url).href, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin', ...headers },
    form: { ...form.fields, ...fields },
  })
}

test('a redirect session with the intent login leads to the page, and a login there back to the site, without a code', async () => {
  const { email } = await registerMember(server)
  const link = await loginLink(home)
  expect(link).toBe(`${server.url}/login?clientId=${server.client.id}&postFlowUrl=${encodeURIComponent(home)}`)
  const page = await send(link)
  expect([page.status, headingOf(page)]).toEqual([200, 'Sign in'])
  const answer = await submit(page.text, { email, password })
  expect([answer.status, answer.headers['location']]).toEqual([303, home])
  const [cookie = ''] = answer.setCookies.map((each) => each.split(';')[0] ?? '')
  expect(await acceptedOf(server, { cookie })).not.toEqual([])
})

test('without postFlowUrl the page says that somebody is signed in', async () => {
  const { email } = await registerMember(server)
  const page = await send(await loginLink())
  const answer = await submit(page.text, { email, password })
  expect([answer.status, headingOf(answer)]).toEqual([200, 'You are signed in'])
  expect(answer.headers['cache-control']).toBe('no-store')
})

test('the page asks also who is signed in already, and a new login ends the session of before', async () => {
  const member = await signedInMember(server)
  const page = await send(await loginLink(), { headers: { cookie: member.cookie } })
  expect(headingOf(page)).toBe('Sign in')
  await submit(page.text, { email: member.email, password }, { cookie: member.cookie })
  expect(await acceptedOf(server, { cookie: member.cookie })).toEqual([])
})

test('a wrong password shows the form again and sets nothing', async () => {
  const { email } = await registerMember(server)
  const page = await send(await loginLink(home))
  const answer = await submit(page.text, { email, password: 'not the passphrase of ada' })
  expect([answer.status, answer.setCookies, answer.headers['location']]).toEqual([401, [], undefined])
  expect(formOf(answer.text).fields).toMatchObject({ clientId: server.client.id, postFlowUrl: home })
  expect(answer.text).toContain(`value="${email}"`)
})

test('a form that another site sends logs nobody in', async () => {
  const { email } = await registerMember(server)
  const page = await send(await loginLink(home))
  for (const headers of [
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const answer = await submit(page.text, { email, password }, headers)
    expect([answer.status, answer.setCookies]).toEqual([403, []])
  }
})

test.each([
  ['an unknown client', { clientId: '00000000-0000-4000-8000-000000000000' }],
  ['no client', { clientId: '' }],
  ['an address of somebody else', { postFlowUrl: 'https://evil.example/' }],
  ['a script as address', { postFlowUrl: 'javascript:alert(1)' }],
])('%s is refused with a page, before and after the form', async (_what, changes) => {
  const { email } = await registerMember(server)
  const fields = { clientId: server.client.id, postFlowUrl: home, ...changes }
  const shown = await send(`${server.url}/login?${new URLSearchParams(fields)}`)
  expect([shown.status, headingOf(shown)]).toEqual([400, 'This link is not good'])
  const form = { ...fields, email, password }
  const sent = await send(`${server.url}/login`, { headers: { origin: server.url }, form })
  expect([sent.status, sent.setCookies]).toEqual([400, []])
})

test('the redirect session refuses what the page would refuse, and callers that act for no client', async () => {
  const evil = await redirectSession({ login: {}, callbacks: { postFlowUrl: 'https://evil.example/' } })
  expect(violationOf(evil)).toBe('400 callbacks.postFlowUrl OTHER REDIRECT_NOT_ALLOWED')
  const both = await redirectSession({ login: {}, logout: { clientId: server.client.id } })
  expect(violationOf(both)).toBe('400 intent OTHER ONE_INTENT')
  expect(refusalOf(await redirectSession({ login: {} }, ' '))).toBe('401 UNAUTHENTICATED')
})
