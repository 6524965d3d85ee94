import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import { acceptedOf, authorizeQuery, password, registerMember, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { codeIn, endEveryone } from '../support/requests.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { everywhereFromAnotherDevice } from './ways-out.ts'

const barriers = new Barriers()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
})
afterAll(() => server.close())

const ends = [
  { end: 'log out everywhere', getReady: (email: string) => everywhereFromAnotherDevice(server, email) },
  { end: 'an end of everyone', getReady: async () => () => endEveryone(server) },
] as const

describe.each(ends)('$end', ({ end, getReady }) => {
  test(`D-13: however a login meets ${end}, its session lives exactly when it was started afterwards`, async () => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const { email } = await registerMember(server)
        return { email, endAll: await getReady(email) }
      },
      racing: ({ email }) => askToLogIn(email, password),
      meanwhile: ({ endAll }) => endAll(),
      afterwards: async (_scene, answer, at, points) => {
        expect(answer.status).toBe(200)
        expect(await isAlive(answer)).toBe(!isPast(points, at, 'startSession'))
      },
    })
    expect(stopped).toEqual(expect.arrayContaining(['findMemberByEmail', 'startSession']))
  })

  test(`D-13: however a registration meets ${end}, its session lives exactly when it was started afterwards`, async () => {
    await atEveryPoint(barriers, {
      prepare: async () => {
        const device = await registerMember(server)
        return { email: `new-${device.email}`, endAll: await getReady(device.email) }
      },
      racing: ({ email }) => send(`${server.url}/v2/register`, { json: { loginId: { email }, password } }),
      meanwhile: ({ endAll }) => endAll(),
      afterwards: async (_scene, answer, at, points) => {
        expect(answer.status).toBe(200)
        // Only an end of everyone concerns somebody who has just registered.
        const concerned = end === 'an end of everyone' && isPast(points, at, 'registerMember')
        expect(await isAlive(answer)).toBe(!concerned)
      },
    })
  })
})

test(
  'D-13: with logins and ends of all the member has in any order, a session lives exactly when none followed its start',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { email } = await registerMember(server)
        const endings = [
          await everywhereFromAnotherDevice(server, email),
          await everywhereFromAnotherDevice(server, email),
        ]
        const before = (await server.service.storage.readAudit(0, 1_000_000)).length
        const logins: Received[] = []
        await barriers.shuffle(
          [
            ...[0, 1, 2].map(() => async () => void logins.push(await askToLogIn(email, password))),
            // The second of them may find its own session ended by the first: then it ends nothing.
            ...endings.map((endAll) => () => endAll().catch(() => {})),
          ],
          seededRandomness(seed).below,
        )
        const audit = (await server.service.storage.readAudit(0, 1_000_000)).slice(before)
        const lastEnd = audit.findLastIndex(({ cause }) => cause === 'logout_everywhere')
        expect(lastEnd).not.toBe(-1)
        for (const login of logins) {
          const start = audit.findIndex(
            ({ event, requestId }) => event === 'session.started' && requestId === login.headers['x-wix-request-id'],
          )
          expect(await isAlive(login)).toBe(start > lastEnd)
        }
      }),
      { numRuns: runs({ test: 25, soak: 10_000 }) },
    )
  },
  generatedTestTimeoutMs,
)

test('S-05: however a login with the old password meets its change, nothing of it outlives the change', async () => {
  const stopped = await atEveryPoint(barriers, {
    prepare: () => signedInMember(server),
    racing: ({ email }) => askToLogIn(email, password),
    meanwhile: async ({ accessToken }) => {
      const changed = await send(`${server.url}/v2/change-password`, {
        json: { newPassword: 'another long passphrase' },
        headers: { authorization: accessToken },
      })
      expect(changed.status).toBe(200)
    },
    afterwards: async ({ email, accessToken, refreshToken }, answer) => {
      if (answer.status === 200) expect(await isAlive(answer)).toBe(false)
      else expect([answer.status, applicationErrorOf(answer)]).toEqual([401, '-19976'])
      expect((await askToLogIn(email, password)).status).not.toBe(200)
      expect((await askToLogIn(email, 'another long passphrase')).status).toBe(200)
      expect(await acceptedOf(server, { accessToken, refreshToken })).toHaveLength(5)
    },
  })
  expect(stopped).toEqual(expect.arrayContaining(['findMemberByEmail', 'startSession']))
})

function askToLogIn(email: string, withPassword: string): Promise<Received> {
  return send(`${server.url}/v2/login`, { json: { loginId: { email }, password: withPassword } })
}

/** Whether the ticket in the answer to a login is good for a code. */
async function isAlive(login: Received): Promise<boolean> {
  const { sessionToken } = login.json<{ sessionToken: string }>()
  return (
    codeIn(await send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client, { sessionToken })}`)) !==
    undefined
  )
}

function applicationErrorOf(answer: Received): string {
  return answer.json<{ details: { applicationError: { code: string } } }>().details.applicationError.code
}
