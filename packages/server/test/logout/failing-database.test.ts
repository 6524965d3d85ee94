/** When the database fails: no answer claims more, or less, than is known. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EndAnswer, EndSession, Storage } from '../../src/ports/storage.ts'
import { FailingStorage, unavailable } from '../support/failing-storage.ts'
import {
  clientMarker,
  endsOnRecord,
  formOf,
  headingOf,
  isAccepted,
  logoutLink,
  navigation,
  sendLogout,
  submit,
} from '../support/logout.ts'
import { acceptedOf, everythingAccepted, signedInMember, visitorTokens } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

const goodbye = 'https://shop.example/bye'
const redirecting = () => ({ clientId: server.client.id, postLogoutRedirectUri: goodbye })
const outcomes = [
  ['nothing_happened', 'You are NOT signed out', /nothing was changed/i],
  ['unknown', 'Your sign-out is not confirmed', /repeat it to find out|could not find out/i],
] as const

/** Nothing that reads as success, and nothing that would keep a retry from naming the session. */
function expectFailure(answer: Received): void {
  expect(answer.status).toBe(503)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.setCookies).toEqual([])
  expect(answer.headers).not.toHaveProperty('location')
  expect(answer.headers).not.toHaveProperty('clear-site-data')
  expect(answer.text).not.toMatch(/you are signed out|your session has ended,/i)
  expect(answer.text).not.toContain('made to fail by a test')
}

describe.each(outcomes)('D-02, D-03, R-03: the end is answered "%s"', (outcome, heading, sentence) => {
  test('a person reads what is known, keeps the cookie, goes nowhere; trying again ends it', async () => {
    const member = await signedInMember(server)
    storage.reject(outcome, 'endSessions')
    const answer = await sendLogout(server, redirecting(), { headers: navigation('same-origin', member.cookie) })
    expectFailure(answer)
    expect(headingOf(answer)).toBe(heading)
    expect(answer.text).toMatch(sentence)
    storage.mend()
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)

    const form = formOf(answer.text)
    expect(form).toEqual({ method: 'get', action: '/v1/logout', fields: redirecting() })
    expect(String(answer.headers['content-security-policy'])).toContain("form-action 'self' https://shop.example;")
    const retried = await submit(server, form, member.cookie)
    expect(retried).toMatchObject({ status: 302, headers: { location: goodbye } })
    expect(await acceptedOf(server, member)).toEqual([])
  })

  test('a person who had confirmed keeps the confirmation; trying again ends it', async () => {
    const { cookie } = await signedInMember(server)
    const asked = await sendLogout(server, redirecting(), { headers: navigation('cross-site', cookie) })
    storage.reject(outcome, 'endSessions')
    const answer = await submit(server, formOf(asked.text), cookie)
    expectFailure(answer)
    expect(headingOf(answer)).toBe(heading)
    storage.mend()
    const form = formOf(answer.text)
    expect(form).toEqual(formOf(asked.text))
    expect(await submit(server, form, cookie)).toMatchObject({ status: 302 })
    expect(await isAccepted(server, { cookie })).toBe(false)
  })

  test('a person with a link keeps the ticket; trying again ends it', async () => {
    const member = await signedInMember(server)
    const { url, ticket } = await logoutLink(server, member.accessToken, { postFlowUrl: goodbye })
    storage.reject(outcome, 'endSessions')
    const answer = await send(url, { headers: navigation('cross-site') })
    expectFailure(answer)
    expect(headingOf(answer)).toBe(heading)
    storage.mend()
    expect(formOf(answer.text).fields).toEqual({ ...redirecting(), logoutTicket: ticket })
    expect(await submit(server, formOf(answer.text))).toMatchObject({ status: 302 })
    expect(await isAccepted(server, member)).toBe(false)
  })

  test.each<readonly [string, (accessToken: string) => Promise<Received>, number]>([
    [
      'the official client',
      (authorization) => sendLogout(server, redirecting(), { headers: { ...clientMarker, authorization } }),
      200,
    ],
    [
      'DELETE /v1/sessions/current',
      (authorization) => send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers: { authorization } }),
      204,
    ],
    [
      'DELETE /v1/sessions',
      (authorization) => send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization } }),
      204,
    ],
  ])('%s is told so in JSON; trying again ends it', async (_name, call, done) => {
    const member = await signedInMember(server)
    storage.reject(outcome, 'endSessions')
    const answer = await call(member.accessToken)
    expectFailure(answer)
    expect(answer.json()).toMatchObject({
      details: { applicationError: { code: 'SERVICE_UNAVAILABLE', data: { outcome } } },
    })
    expect(answer.text).toMatch(sentence)
    storage.mend()
    expect((await call(member.accessToken)).status).toBe(done)
    expect(await acceptedOf(server, member)).toEqual([])
  })
})

test('D-03: where the end was durable and only its answer was lost, a retry is a success with one end on record', async () => {
  for (const call of [
    (member: { accessToken: string; cookie: string }) =>
      sendLogout(server, {}, { headers: { authorization: member.accessToken } }),
    (member: { accessToken: string; cookie: string }) =>
      sendLogout(server, {}, { headers: navigation('same-origin', member.cookie) }),
  ]) {
    const member = await signedInMember(server)
    const before = (await endsOnRecord(server)).length
    storage.loseAnswer('endSessions')
    expectFailure(await call(member))
    storage.mend()
    expect((await call(member)).status).toBe(200)
    expect(await endsOnRecord(server)).toHaveLength(before + 1)
  }
})

describe('the database fails before anything ends', () => {
  test.each<readonly (keyof Storage)[]>([['listClients'], ['findClient'], ['findTicket'], ['check']])(
    'in %s: not signed out, said as a page',
    async (name) => {
      const [person, other] = [await signedInMember(server), await signedInMember(server)]
      const { url } = await logoutLink(server, other.accessToken, { postFlowUrl: goodbye })
      storage.reject('nothing_happened', name)
      const answer = await send(url, { headers: navigation('cross-site', person.cookie) })
      expectFailure(answer)
      expect(headingOf(answer)).toBe('You are NOT signed out')
      storage.mend()
      expect(await isAccepted(server, { cookie: person.cookie })).toBe(true)
      expect(await isAccepted(server, other)).toBe(true)
    },
  )

  test.each([
    'no address at all',
    'javascript:alert(1)',
    'https://*.evil.example/',
    "https://evil.example;script-src 'unsafe-inline'/",
    'https://[::1]/',
    'myapp:/bye',
  ])('the page can be made whatever address was asked for: %s', async (postLogoutRedirectUri) => {
    storage.reject('nothing_happened', 'listClients', 'findTicket', 'check', 'findClient')
    const answer = await sendLogout(
      server,
      { postLogoutRedirectUri, logoutTicket: `adj_logout_${'A'.repeat(43)}` },
      { headers: navigation('none') },
    )
    expectFailure(answer)
    expect(headingOf(answer)).toBe('You are NOT signed out')
    expect(formOf(answer.text).fields).toMatchObject({ postLogoutRedirectUri })
    expect(answer.headers['content-security-policy']).not.toMatch(/unsafe|script-src|form-action[^;]*\*\.evil/)
  })

  test('a form with an Origin that has to be looked up gets the page as well', async () => {
    const { cookie } = await signedInMember(server)
    storage.reject('nothing_happened', 'listClients')
    const answer = await sendLogout(
      server,
      {},
      { headers: { ...navigation('same-site', cookie), origin: 'https://shop.example' }, form: {} },
    )
    expectFailure(answer)
    expect(headingOf(answer)).toBe('You are NOT signed out')
    expect(formOf(answer.text).method).toBe('post')
  })

  test('a program whose cookie cannot be judged is told so, and the check answers 503 and keeps the cookie', async () => {
    const { cookie } = await signedInMember(server)
    storage.reject('nothing_happened', 'listClients', 'check')
    expectFailure(await sendLogout(server, {}, { headers: { cookie, origin: 'https://shop.example' } }))
    expectFailure(await send(`${server.url}/v1/sessions/current`, { headers: { cookie } }))
    storage.mend()
    expect(await isAccepted(server, { cookie })).toBe(true)
  })
})

describe('the database fails after the end is durable', () => {
  test('no read that fails then makes it "not signed out"', async () => {
    const reads = ['findMember', 'findClient', 'listClients', 'findSite', 'check', 'findTicket', 'logHead'] as const
    for (const call of [
      (link: string) => send(link, { headers: navigation('cross-site') }),
      (link: string) => send(link, { headers: clientMarker }),
    ]) {
      const member = await signedInMember(server)
      const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: goodbye })
      storage.replace('endSessions', async (end, ...given) => {
        const answers = await end(...given)
        storage.reject('nothing_happened', ...reads)
        return answers
      })
      const { status } = await call(url)
      storage.mend()
      expect([200, 302]).toContain(status)
      expect(await isAccepted(server, member)).toBe(false)
    }
  })

  test('a question that is asked then is asked without the name', async () => {
    const [attacker, person] = [await signedInMember(server), await signedInMember(server)]
    const { url } = await logoutLink(server, attacker.accessToken)
    storage.replace('endSessions', async (end, ...given) => {
      const answers = await end(...given)
      storage.reject('nothing_happened', 'findMember')
      return answers
    })
    const asked = await send(url, { headers: navigation('cross-site', person.cookie) })
    storage.mend()
    expect(asked.status).toBe(200)
    expect(headingOf(asked)).toBe('Do you want to sign out?')
    expect(asked.text).not.toContain('You are signed in as')
    expect(await isAccepted(server, attacker)).toBe(false)
    await submit(server, formOf(asked.text), person.cookie)
    expect(await isAccepted(server, { cookie: person.cookie })).toBe(false)
  })
})

describe('one of several ends fails', () => {
  /** Lets ends through, but for those of one kind. */
  function failOnly(kind: EndSession['what']['by'], outcome: 'nothing_happened' | 'unknown'): void {
    storage.replace('endSessions', async (end, given) => {
      const requests = given as readonly EndSession[]
      const good = requests.filter(({ what }) => what.by !== kind)
      const answers = (good.length === 0 ? [] : await end(good)) as EndAnswer[]
      return requests.map(({ what }) =>
        what.by === kind ? { outcome: 'failed', error: unavailable(outcome) } : answers.shift(),
      )
    })
  }

  test.each(['sid', 'secret'] as const)(
    'the one by %s: it is not confirmed, as neither "signed out" nor "nothing was changed" would be true',
    async (failing) => {
      const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
      failOnly(failing, 'nothing_happened')
      const headers = {
        ...navigation('same-origin', byCookie.cookie),
        authorization: byToken.accessToken,
      }
      const answer = await sendLogout(server, {}, { headers })
      expectFailure(answer)
      expect(headingOf(answer)).toBe('Your sign-out is not confirmed')
      const program = await sendLogout(
        server,
        {},
        {
          headers: {
            authorization: (await signedInMember(server)).accessToken,
            cookie: byCookie.cookie,
            ...clientMarker,
          },
        },
      )
      storage.mend()
      if (failing === 'secret') {
        expectFailure(program)
        expect(program.text).toMatch(/repeat it to find out/)
      }
      expect(await isAccepted(server, failing === 'sid' ? byToken : { cookie: byCookie.cookie })).toBe(true)
      expect(headingOf(await sendLogout(server, {}, { headers }))).toBe('You are signed out')
      expect(await isAccepted(server, byToken)).toBe(false)
      expect(await isAccepted(server, { cookie: byCookie.cookie })).toBe(false)
    },
  )

  test('the one that failed was of a session that had ended by another credential: still not confirmed', async () => {
    const member = await signedInMember(server)
    failOnly('secret', 'nothing_happened')
    const headers = { ...navigation('same-origin', member.cookie), authorization: member.accessToken }
    expect(headingOf(await sendLogout(server, {}, { headers }))).toBe('Your sign-out is not confirmed')
  })

  test('of two failures, one of unknown outcome makes the whole unknown', async () => {
    const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
    storage.replace('endSessions', async (_end, given) =>
      (given as readonly EndSession[]).map(({ what }) => ({
        outcome: 'failed',
        error: unavailable(what.by === 'sid' ? 'nothing_happened' : 'unknown'),
      })),
    )
    const headers = { ...navigation('same-origin', byCookie.cookie), authorization: byToken.accessToken }
    expect(headingOf(await sendLogout(server, {}, { headers }))).toBe('Your sign-out is not confirmed')
  })

  test('where the other had ended before and nothing ended now, nothing was changed', async () => {
    const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
    await sendLogout(server, {}, { headers: { authorization: byToken.accessToken } })
    failOnly('secret', 'nothing_happened')
    const headers = { ...navigation('same-origin', byCookie.cookie), authorization: byToken.accessToken }
    expect(headingOf(await sendLogout(server, {}, { headers }))).toBe('You are NOT signed out')
  })

  test.each(['visitor', 'logout_ticket'] as const)(
    "a visitor's link of which the end by %s fails still works afterwards: a retry closes the visitor",
    async (failing) => {
      const visitor = await visitorTokens(server)
      const { url } = await logoutLink(server, visitor.accessToken)
      failOnly(failing, 'nothing_happened')
      const answer = await send(url, { headers: navigation('cross-site') })
      expectFailure(answer)
      expect(headingOf(answer)).toBe(
        failing === 'visitor' ? 'You are NOT signed out' : 'Your sign-out is not confirmed',
      )
      storage.mend()
      const retried = await submit(server, formOf(answer.text))
      expect(retried.status).toBe(200)
      const json = { clientId: server.client.id, grantType: 'refresh_token', refreshToken: visitor.refreshToken }
      expect((await send(`${server.url}/oauth2/token`, { json })).status).toBe(400)
    },
  )
})

test('H-09: an error that nobody foresaw is a page without its text, and nothing has ended', async () => {
  const { cookie } = await signedInMember(server)
  storage.replace('endSessions', async () => Promise.reject(new Error('a secret at /src/file.ts:1')))
  const page = await sendLogout(server, redirecting(), { headers: navigation('same-origin', cookie) })
  const program = await sendLogout(server, redirecting(), { headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  storage.mend()
  for (const answer of [page, program]) {
    expect(answer.status).toBe(500)
    expect(answer.text).not.toMatch(/a secret|file\.ts|signed out/)
    expect(answer.setCookies).toEqual([])
    expect(answer.headers).not.toHaveProperty('location')
  }
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.text).toContain(String(page.headers['x-wix-request-id']))
  expect(await isAccepted(server, { cookie })).toBe(true)
})
