import { afterAll, beforeAll, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import { acceptedOf, authorizeQuery, cookieOf, loginTicket, password, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import {
  askForLogoutTicket,
  askToExchange,
  codeIn,
  endEveryone,
  errorIn,
  ticketOf,
  tokensOf,
} from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { allWaysOut, everywhereFromAnotherDevice, waysOut } from './ways-out.ts'

const barriers = new Barriers()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
})
afterAll(() => server.close())

const wholeSite = [
  ['log out everywhere', (email: string) => everywhereFromAnotherDevice(server, email)],
  ['an end of everyone', async () => () => endEveryone(server)],
] as const

test.each(allWaysOut)(
  'D-10: however a silent login meets a logout by %s, it gives login_required or a dead code',
  async (_name, wayOut) => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        return { member, logOut: await wayOut(server, member) }
      },
      racing: ({ member }) => authorize({}, member.cookie),
      meanwhile: ({ logOut }) => logOut(),
      afterwards: async ({ member }, answer, at, points) => {
        if (!isPast(points, at, 'issueCode')) expect(errorIn(answer)).toBe('login_required')
        await expectNoLogin(answer)
        expect(await acceptedOf(server, member)).toEqual([])
      },
    })
    expect(stopped).toContain('issueCode')
  },
)

test.each(wholeSite)(
  'D-10: however a login by ticket meets %s, it gives login_required or a dead code and cookie',
  async (_name, getReady) => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        const sessionToken = await loginTicket(server, member.email)
        return { member, sessionToken, logOut: await getReady(member.email) }
      },
      racing: ({ sessionToken }) => authorize({ sessionToken }),
      meanwhile: ({ logOut }) => logOut(),
      afterwards: async ({ member, sessionToken }, answer, at, points) => {
        if (!isPast(points, at, 'issueCode')) expect(errorIn(answer)).toBe('login_required')
        await expectNoLogin(answer)
        expect(await acceptedOf(server, member)).toEqual([])
        expect(errorIn(await authorize({ sessionToken }))).toBe('login_required')
      },
    })
    expect(stopped).toContain('issueCode')
  },
)

test.each(Object.entries(waysOut))(
  'D-10: however a login by ticket in place of a session meets its logout by %s, the old session is over and the new one lives',
  async (_name, wayOut) => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        const sessionToken = await loginTicket(server, member.email)
        return { member, sessionToken, logOut: await wayOut(server, member) }
      },
      racing: ({ member, sessionToken }) => authorize({ sessionToken }, member.cookie),
      meanwhile: async ({ member, logOut }) => {
        await logOut()
        expect(await acceptedOf(server, member)).toEqual([])
      },
      afterwards: async ({ member }, answer) => {
        expect(await acceptedOf(server, member)).toEqual([])
        await expectLogin(answer)
      },
    })
    expect(stopped).toContain('check')
  },
)

test.each(Object.entries(waysOut))(
  'D-10: however the login form meets a logout by %s of the session it takes the place of, that session is over and the new one lives',
  async (_name, wayOut) => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        return { member, logOut: await wayOut(server, member) }
      },
      racing: ({ member }) => sendLoginForm(member),
      meanwhile: async ({ member, logOut }) => {
        await logOut()
        expect(await acceptedOf(server, member)).toEqual([])
      },
      afterwards: async ({ member }, answer) => {
        expect(await acceptedOf(server, member)).toEqual([])
        await expectLogin(answer)
      },
    })
    expect(stopped).toEqual(expect.arrayContaining(['findMemberByEmail', 'startSession', 'issueCode']))
  },
)

test.each(wholeSite)(
  'D-10, D-13: however the login form meets %s, its session lives only when it was started afterwards',
  async (_name, getReady) => {
    await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        return { member, logOut: await getReady(member.email) }
      },
      racing: ({ member }) => sendLoginForm(member),
      meanwhile: ({ logOut }) => logOut(),
      afterwards: async ({ member }, answer, at, points) => {
        expect(await acceptedOf(server, member)).toEqual([])
        await (isPast(points, at, 'startSession') ? expectNoLogin(answer) : expectLogin(answer))
      },
    })
  },
)

test.each(allWaysOut)(
  'D-10: however the preparation of a logout meets a logout by %s, what it gives ends nothing and revives nothing',
  async (_name, wayOut) => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        return { member, logOut: await wayOut(server, member) }
      },
      racing: ({ member }) => askForLogoutTicket(server, member.accessToken),
      meanwhile: ({ logOut }) => logOut(),
      afterwards: async ({ member }, answer) => {
        const again = await authorize({ sessionToken: await loginTicket(server, member.email) })
        const { n } = await server.service.storage.logHead()
        const ticket = ticketOf(answer)
        if (ticket === undefined) expect(answer.status).toBe(401)
        else expect((await send(`${server.url}/v1/logout?logoutTicket=${ticket}`)).status).toBe(200)
        expect((await server.service.storage.logHead()).n).toBe(n)
        expect(await acceptedOf(server, member)).toEqual([])
        await expectLogin(again)
      },
    })
    expect(stopped).toContain('issueLogoutTicket')
  },
)

function authorize(more: Readonly<Record<string, string>>, cookie?: string): Promise<Received> {
  const headers = cookie === undefined ? {} : { cookie }
  return send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client, more)}`, { headers })
}

function sendLoginForm({ email, cookie }: { readonly email: string; readonly cookie: string }): Promise<Received> {
  return send(`${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin', cookie },
    form: {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' }))),
      email,
      password,
    },
  })
}

/** Whether code or error, and whether cookie or none: nobody can do anything with it. */
async function expectNoLogin(answer: Received): Promise<void> {
  const code = codeIn(answer)
  if (code === undefined) expect(errorIn(answer)).toBe('login_required')
  else expect((await askToExchange(server, code)).json()['error']).toBe('invalid_grant')
  const cookie = cookieOf(answer.setCookies)
  if (cookie !== undefined) expect(await acceptedOf(server, { cookie })).toEqual([])
}

/** A code that gives tokens, and a cookie, of a session that is alive. */
async function expectLogin(answer: Received): Promise<void> {
  const cookie = cookieOf(answer.setCookies)
  const tokens = tokensOf(await askToExchange(server, codeIn(answer) ?? ''))
  expect(cookie).toBeDefined()
  expect(await acceptedOf(server, { ...tokens, cookie: cookie ?? '' })).toHaveLength(7)
}
