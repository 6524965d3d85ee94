import { afterAll, beforeAll, expect, test } from 'vitest'
import { Barriers, isPast } from '../support/barriers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  cookieOf,
  exchange,
  loginTicket,
  password,
  signedInMember,
} from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { everywhere, type Held, type WayOut, waysOut } from './ways-out.ts'

const newPassword = 'another long passphrase'
const barriers = new Barriers()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
})
afterAll(() => server.close())

/** Also by the cookie that the change takes the place of: it lets nobody in, and still names the session it was of. */
const everyWayOut: readonly (readonly [string, WayOut])[] = Object.entries(waysOut)

test.each(everyWayOut)(
  'S-05: however a password change meets a logout by %s, nothing of the session works, nor does its new cookie',
  async (_name, wayOut) => {
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        return { member, logOut: await wayOut(server, member) }
      },
      racing: ({ member }) => askToChange(member),
      meanwhile: async ({ member, logOut }) => {
        await logOut()
        expect(await acceptedOf(server, member)).toEqual([])
      },
      afterwards: async ({ member }, answer, at, points) => {
        const changed = isPast(points, at, 'changePassword')
        expect(answer.status).toBe(changed ? 200 : 401)
        await expectOver(member, answer)
        expect(await logsIn(member.email, changed ? newPassword : password)).toBe(true)
      },
    })
    expect(stopped).toEqual(expect.arrayContaining(['check', 'findMember', 'changePassword']))
  },
)

test.each([...everyWayOut, ['log out everywhere', everywhere]] as const)(
  'S-05: however a logout by %s meets a password change, nothing of the session works, nor does its new cookie',
  async (name, wayOut) => {
    await atEveryPoint(barriers, {
      prepare: async () => {
        const member = await signedInMember(server)
        const changed: Received[] = []
        return { member, changed, logOut: await wayOut(server, member) }
      },
      // Logging out everywhere by a cookie that the change has made void is refused, and then nothing was promised.
      racing: async ({ logOut }) => {
        try {
          await logOut()
          return 'success'
        } catch {
          return 'refused'
        }
      },
      meanwhile: async ({ member, changed }) => void changed.push(await askToChange(member)),
      afterwards: async ({ member, changed }, outcome) => {
        if (name !== 'log out everywhere') expect(outcome).toBe('success')
        if (outcome === 'success') for (const answer of changed) await expectOver(member, answer)
      },
    })
  },
)

test('S-05: of two password changes by two sessions of a member, one is refused and its session is over', async () => {
  await atEveryPoint(barriers, {
    prepare: async () => {
      const { email, ...one } = await signedInMember(server)
      return { email, one, other: await anotherDevice(email) }
    },
    racing: ({ one }) => askToChange(one, 'passphrase of the one'),
    meanwhile: async ({ other }) => {
      expect([200, 401]).toContain((await askToChange(other, 'passphrase of the other')).status)
    },
    afterwards: async ({ email, one, other }, answer) => {
      const [kept, ended, current] =
        answer.status === 200 ? [one, other, 'passphrase of the one'] : [other, one, 'passphrase of the other']
      expect(await acceptedOf(server, ended)).toEqual([])
      const { accessToken, refreshToken } = kept
      expect(await acceptedOf(server, { accessToken, refreshToken })).toHaveLength(5)
      expect(await logsIn(email, current)).toBe(true)
      expect(await logsIn(email, password)).toBe(false)
    },
  })
})

async function expectOver(member: Held, answer: Received): Promise<void> {
  expect(await acceptedOf(server, member)).toEqual([])
  const cookie = cookieOf(answer.setCookies)
  if (cookie !== undefined) expect(await acceptedOf(server, { cookie })).toEqual([])
}

function askToChange({ accessToken, cookie }: Held, to = newPassword): Promise<Received> {
  return send(`${server.url}/v2/change-password`, {
    json: { newPassword: to },
    headers: { authorization: accessToken, cookie },
  })
}

async function logsIn(email: string, by: string): Promise<boolean> {
  return (await send(`${server.url}/v2/login`, { json: { loginId: { email }, password: by } })).status === 200
}

async function anotherDevice(email: string): Promise<Held> {
  const { code, cookie } = await authorizeWithTicket(server, await loginTicket(server, email))
  return { ...(await exchange(server, code)), cookie: cookie ?? '' }
}
