/** The one-time ticket of a logout link: what it ends, for how long, how often, and whom it cannot log out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieRemovals } from '../../src/http/cookies/registry.ts'
import {
  clientMarker,
  endsOnRecord,
  envelopeOf,
  formOf,
  headingOf,
  isAccepted,
  logoutLink,
  navigation,
  sendLogout,
  submit,
} from '../support/logout.ts'
import { minute } from '../support/manual-clock.ts'
import { acceptedOf, loginByForm, signedInMember, visitorTokens } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const home = 'https://shop.example/'

describe('the link of a member', () => {
  test('ends nothing by being made, and everything of the session by being followed, without any cookie', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: home })
    expect(await isAccepted(server, member)).toBe(true)
    const answer = await send(url, { headers: navigation('cross-site') })
    expect(answer).toMatchObject({ status: 302, headers: { location: home } })
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(await acceptedOf(server, member)).toEqual([])
  })

  test('without postFlowUrl leads to the page that says so', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    const answer = await send(url, { headers: navigation('cross-site') })
    expect(answer.status).toBe(200)
    expect(headingOf(answer)).toBe('You are signed out')
  })

  test('works for programs too', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: home })
    expect(envelopeOf(await send(url, { headers: clientMarker }))).toMatchObject({ statusCode: 302, location: home })
    expect(await isAccepted(server, member)).toBe(false)
  })

  test('ends the session of the cookie without a question when it is the same', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: home })
    const before = (await endsOnRecord(server)).length
    const answer = await send(url, { headers: navigation('cross-site', member.cookie) })
    expect(answer.status).toBe(302)
    expect(await acceptedOf(server, member)).toEqual([])
    expect(await endsOnRecord(server)).toHaveLength(before + 1)
  })

  test("ends the cookie's session too when it is another one of the same member", async () => {
    const member = await signedInMember(server)
    const cookie = await loginByForm(server, member.email)
    const elsewhere = await loginByForm(server, member.email)
    const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: home })
    expect((await send(url, { headers: navigation('cross-site', cookie) })).status).toBe(302)
    expect(await isAccepted(server, { cookie })).toBe(false)
    expect(await acceptedOf(server, member)).toEqual([])
    expect(await isAccepted(server, { cookie: elsewhere })).toBe(true)
  })
})

describe("somebody else's link", () => {
  test.each(['cross-site', 'same-site', 'same-origin', 'none'] as const)(
    'followed from %s, does not log the person out: it asks, and says what has ended',
    async (site) => {
      const attacker = await signedInMember(server)
      const person = await signedInMember(server)
      const { url } = await logoutLink(server, attacker.accessToken, { postFlowUrl: home })
      const asked = await send(url, { headers: navigation(site, person.cookie) })
      expect(asked.status).toBe(200)
      expect(headingOf(asked)).toBe('Do you want to sign out?')
      expect(asked.text).toContain('The session that this link was made for has ended.')
      expect(asked.text).not.toContain('Nothing has changed.')
      expect(asked.text).toContain(person.email)
      expect(asked.setCookies).toEqual([])
      expect(asked.headers).not.toHaveProperty('location')
      expect(asked.headers).not.toHaveProperty('clear-site-data')
      expect(await isAccepted(server, { cookie: person.cookie })).toBe(true)
      expect(await isAccepted(server, attacker)).toBe(false)

      const done = await submit(server, formOf(asked.text), person.cookie)
      expect(done).toMatchObject({ status: 302, headers: { location: home } })
      expect(await isAccepted(server, { cookie: person.cookie })).toBe(false)
    },
  )

  test('the question keeps the client that the redirect was judged by, also where only the ticket named it', async () => {
    const attacker = await signedInMember(server)
    const person = await signedInMember(server)
    const { ticket } = await logoutLink(server, attacker.accessToken)
    const asked = await sendLogout(
      server,
      { logoutTicket: ticket, postLogoutRedirectUri: home },
      { headers: navigation('cross-site', person.cookie) },
    )
    const form = formOf(asked.text)
    expect(form.fields).toMatchObject({ clientId: server.client.id, postLogoutRedirectUri: home })
    expect(form.fields).not.toHaveProperty('logoutTicket')
    expect(await submit(server, form, person.cookie)).toMatchObject({ status: 302, headers: { location: home } })
  })

  test('in a program, ends what it names alone, and leaves the cookie', async () => {
    const attacker = await signedInMember(server)
    const person = await signedInMember(server)
    const { url } = await logoutLink(server, attacker.accessToken)
    const answer = await send(url, { headers: { ...clientMarker, cookie: person.cookie } })
    expect(envelopeOf(answer).headers.map(({ key }) => key)).toEqual(['Content-Type', 'Cache-Control'])
    expect(answer.setCookies).toEqual([])
    expect(await isAccepted(server, attacker)).toBe(false)
    expect(await isAccepted(server, { cookie: person.cookie })).toBe(true)
  })

  test('a link of a visitor does not log a member out either', async () => {
    const visitor = await visitorTokens(server)
    const person = await signedInMember(server)
    const { url } = await logoutLink(server, visitor.accessToken)
    const asked = await send(url, { headers: navigation('cross-site', person.cookie) })
    expect(headingOf(asked)).toBe('Do you want to sign out?')
    expect(await isAccepted(server, { cookie: person.cookie })).toBe(true)
  })

  test('where the cookie is dead, there is nobody to ask', async () => {
    const attacker = await signedInMember(server)
    const person = await signedInMember(server)
    await sendLogout(server, {}, { headers: { authorization: person.accessToken } })
    const { url } = await logoutLink(server, attacker.accessToken)
    const answer = await send(url, { headers: navigation('cross-site', person.cookie) })
    expect(headingOf(answer)).toBe('You are signed out')
    expect(answer.setCookies).toEqual(cookieRemovals)
  })
})

describe('a ticket is good once, for ten minutes', () => {
  test('used again it is ignored: the redirect still works, and a new cookie of the member is asked about', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: home })
    await send(url, { headers: navigation('cross-site') })
    expect(await send(url, { headers: navigation('cross-site') })).toMatchObject({
      status: 302,
      headers: { location: home },
    })

    const cookie = await loginByForm(server, member.email)
    const asked = await send(url, { headers: navigation('cross-site', cookie) })
    expect(headingOf(asked)).toBe('Do you want to sign out?')
    expect(asked.text).toContain('Nothing has changed.')
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test('two browsers that follow one link at once end one session, once', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken, { postFlowUrl: home })
    const before = (await endsOnRecord(server)).length
    const answers = await Promise.all([1, 2, 3].map(() => send(url, { headers: navigation('cross-site') })))
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302])
    expect(await endsOnRecord(server)).toHaveLength(before + 1)
  })

  test('a millisecond before ten minutes it works, at ten minutes it is ignored', async () => {
    const [early, late] = [await signedInMember(server), await signedInMember(server)]
    const [earlyLink, lateLink] = [
      await logoutLink(server, early.accessToken, { postFlowUrl: home }),
      await logoutLink(server, late.accessToken, { postFlowUrl: home }),
    ]
    server.clock.advance(10 * minute - 1)
    await send(earlyLink.url, { headers: navigation('cross-site') })
    expect(await isAccepted(server, { cookie: early.cookie })).toBe(false)
    server.clock.advance(1)
    const answer = await send(lateLink.url, { headers: navigation('cross-site') })
    expect(answer).toMatchObject({ status: 302, headers: { location: home } })
    expect(await isAccepted(server, { cookie: late.cookie })).toBe(true)
  })

  test.each([
    ['unknown', (ticket: string) => `${ticket.slice(0, -4)}AAAA`],
    ['of another form', () => 'lt_5'],
    ['empty', () => ''],
    ['with a space behind', (ticket: string) => `${ticket} `],
    ['in capitals', (ticket: string) => ticket.toUpperCase()],
    ['very long', (ticket: string) => ticket.repeat(100)],
  ])('a ticket that is %s is ignored, and the rest of the request works', async (_name, change) => {
    const member = await signedInMember(server)
    const { ticket } = await logoutLink(server, member.accessToken)
    const answer = await sendLogout(server, {
      clientId: server.client.id,
      postLogoutRedirectUri: home,
      logoutTicket: change(ticket),
    })
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 302, location: home })
    expect(await isAccepted(server, member)).toBe(true)
  })

  test('the ticket of a session that has ended changes nothing and is a success', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    await sendLogout(server, {}, { headers: { authorization: member.accessToken } })
    const before = (await endsOnRecord(server)).length
    const answer = await send(url, { headers: navigation('cross-site') })
    expect(headingOf(answer)).toBe('You are signed out')
    expect(answer.text).toContain('had ended before this request')
    expect(await endsOnRecord(server)).toHaveLength(before)
  })
})

describe('the link of a visitor', () => {
  test("closes the visitor's refresh token and access token; another visitor keeps theirs", async () => {
    const [visitor, other] = [await visitorTokens(server), await visitorTokens(server)]
    const { url } = await logoutLink(server, visitor.accessToken, { postFlowUrl: home })
    expect(await isVisitorAccepted(visitor)).toEqual([true, true])
    const answer = await send(url, { headers: navigation('cross-site') })
    expect(answer).toMatchObject({ status: 302, headers: { location: home } })
    expect(await isVisitorAccepted(visitor)).toEqual([false, false])
    expect(await isVisitorAccepted(other)).toEqual([true, true])
  })

  test('an access token of a visitor alone ends nothing, and is a success', async () => {
    const visitor = await visitorTokens(server)
    const answer = await sendLogout(server, {}, { headers: { authorization: visitor.accessToken } })
    expect(envelopeOf(answer).statusCode).toBe(200)
    expect(await isVisitorAccepted(visitor)).toEqual([true, true])
  })

  async function isVisitorAccepted({ accessToken, refreshToken }: Awaited<ReturnType<typeof visitorTokens>>) {
    const info = await send(`${server.url}/oauth2/token-info`, { json: { token: accessToken } })
    const json = { clientId: server.client.id, grantType: 'refresh_token', refreshToken }
    const refreshed = await send(`${server.url}/oauth2/token`, { json })
    return [info.json<{ active: boolean }>().active, refreshed.status === 200]
  }
})

test('everything that one request names ends: token, ticket and cookie of three members', async () => {
  const [byToken, byTicket, byCookie] = [
    await signedInMember(server),
    await signedInMember(server),
    await signedInMember(server),
  ]
  const { ticket } = await logoutLink(server, byTicket.accessToken)
  const confirming = formOf((await sendLogout(server, {}, { headers: navigation('cross-site', byCookie.cookie) })).text)
  const answer = await submit(
    server,
    { ...confirming, fields: { ...confirming.fields, logoutTicket: ticket } },
    byCookie.cookie,
    { authorization: byToken.accessToken },
  )
  expect(headingOf(answer)).toBe('You are signed out')
  for (const { accessToken } of [byToken, byTicket, byCookie]) {
    expect(await isAccepted(server, { accessToken })).toBe(false)
  }
})

describe('a link that names nothing any more says why to the person who followed it', () => {
  const textOf = async (url: string) => {
    const answer = await send(url, { headers: navigation('cross-site') })
    expect([answer.status, headingOf(answer)]).toEqual([200, 'Nobody was signed in'])
    return answer.text
  }

  test('one that was used', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    await send(url, { headers: navigation('cross-site') })
    expect(await textOf(url)).toContain('was used before, and what it was made for ended then')
  })

  test('one that has expired, and how to go on; the session lives on', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    server.clock.advance(10 * minute)
    expect(await textOf(url)).toContain('has expired, so it ended nothing. Sign out on the site again')
    expect(await acceptedOf(server, { cookie: member.cookie })).not.toEqual([])
  })

  test('one that nobody made', async () => {
    for (const ticket of [`adj_logout_${'A'.repeat(43)}`, 'x']) {
      const url = `${server.url}/v1/logout?clientId=${server.client.id}&logoutTicket=${ticket}`
      expect(await textOf(url)).toContain('is not known here, so it ended nothing')
    }
  })

  test('and a program is told nothing of it', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    const first = envelopeOf(await send(url, { headers: clientMarker }))
    expect(envelopeOf(await send(url, { headers: clientMarker }))).toEqual(first)
  })
})
