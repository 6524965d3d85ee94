import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block } from '../support/administer.ts'
import { Barriers } from '../support/barriers.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { askForLink, becauseOf, mailedCode, mailsTo, recover, resend, verify } from '../support/proofs.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { codeIn } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { allWaysOut } from './ways-out.ts'

const newPassword = 'another long passphrase'
const barriers = new Barriers()
const barriersOfWaiting = new Barriers()
let server: TestServer
let waiting: TestServer

beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  waiting = await startTestServer({
    decorateStorage: barriersOfWaiting.decorate,
    decorateHasher: quickHasher,
    siteSettings: { requireEmailVerification: true },
  })
})
afterAll(async () => {
  await server.close()
  await waiting.close()
})

const logIn = (email: string, given = password) =>
  send(`${server.url}/v2/login`, { json: { loginId: { email }, password: given } })

/** Whether the session of a ticket can still be used. */
async function ticketIsGood(at: TestServer, answer: Received): Promise<boolean> {
  const { sessionToken } = answer.json<{ sessionToken?: string }>()
  if (sessionToken === undefined) return false
  const used = await send(`${at.url}/oauth2/authorize?${authorizeQuery(at.client, { sessionToken })}`)
  return codeIn(used) !== undefined
}

/** A member with a link, and with whatever was answered meanwhile. */
async function withLink() {
  const member = await registerMember(server)
  return { ...member, token: await askForLink(server, member.email), others: [] as Received[] }
}

test('S-05: however a login by the old password and a reset meet, nothing of the login is accepted afterwards', async () => {
  await atEveryPoint(barriers, {
    prepare: withLink,
    racing: ({ email }) => logIn(email),
    meanwhile: async ({ token, others }) => void others.push(await recover(server, token, newPassword)),
    afterwards: async ({ email, others: [recovered] }, answer) => {
      expect(recovered?.status).toBe(200)
      expect([200, 401]).toContain(answer.status)
      expect(await ticketIsGood(server, answer)).toBe(false)
      expect((await logIn(email, newPassword)).status).toBe(200)
    },
  })
})

test('S-05: however a reset and a login by the old password meet, the reset’s session alone is alive', async () => {
  await atEveryPoint(barriers, {
    prepare: withLink,
    racing: ({ token }) => recover(server, token, newPassword),
    meanwhile: async ({ email, others }) => void others.push(await logIn(email)),
    afterwards: async ({ others: [loggedIn] }, answer) => {
      expect(answer.status).toBe(200)
      expect(await ticketIsGood(server, answer)).toBe(true)
      if (loggedIn?.status === 200) expect(await ticketIsGood(server, loggedIn)).toBe(false)
      else expect(loggedIn?.status).toBe(401)
    },
  })
})

test('P-09: however two resets by one link meet, exactly one sets its password', async () => {
  const calls = await atEveryPoint(barriers, {
    prepare: withLink,
    racing: ({ token }) => recover(server, token, 'the password of the first'),
    meanwhile: async ({ token, others }) => void others.push(await recover(server, token, newPassword)),
    afterwards: async ({ email, others: [other] }, answer) => {
      if (other === undefined) throw new Error('Both must have been answered')
      const [won, lost] = answer.status === 200 ? [answer, other] : [other, answer]
      expect([won.status, becauseOf(lost)]).toEqual([200, '400 INVALID_RECOVERY_TOKEN used'])
      const first = (await logIn(email, 'the password of the first')).status
      expect([first, (await logIn(email, newPassword)).status]).toEqual(won === answer ? [200, 401] : [401, 200])
    },
  })
  expect(calls).toContain('recoverMember')
})

test('P-09: however a reset and a password change meet, the second finds what the first did', async () => {
  await atEveryPoint(barriers, {
    prepare: async () => {
      const member = await signedInMember(server)
      return { ...member, token: await askForLink(server, member.email), others: [] as Received[] }
    },
    racing: ({ token }) => recover(server, token, newPassword),
    meanwhile: async ({ accessToken, others }) => {
      const json = { newPassword: 'the password of the change' }
      others.push(await send(`${server.url}/v2/change-password`, { headers: { authorization: accessToken }, json }))
    },
    afterwards: async ({ email, accessToken, others: [changed] }, answer) => {
      if (changed?.status === 200) {
        expect(becauseOf(answer)).toBe('400 INVALID_RECOVERY_TOKEN void')
        expect((await logIn(email, 'the password of the change')).status).toBe(200)
        return
      }
      expect([changed?.status, answer.status]).toEqual([401, 200])
      expect(await acceptedOf(server, { accessToken })).toEqual([])
      expect((await logIn(email, newPassword)).status).toBe(200)
    },
  })
})

describe.each(allWaysOut)('with %s', (_name, wayOut) => {
  test('S-05: however a reset and a logout meet, both succeed and one session is alive', async () => {
    await atEveryPoint(barriers, {
      prepare: async () => {
        const held = await signedInMember(server)
        return { held, token: await askForLink(server, held.email), leave: await wayOut(server, held) }
      },
      racing: ({ token }) => recover(server, token, newPassword),
      meanwhile: ({ leave }) =>
        leave().catch((error: unknown) => {
          // Once the reset is done, a cookie cannot log everybody out: it is over itself.
          if (!String(error).includes('answered 401')) throw error
        }),
      afterwards: async ({ held }, answer) => {
        expect(answer.status).toBe(200)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
  })
})

test('a session of a reset that was answered is as good as any', async () => {
  const { token } = await withLink()
  const { sessionToken } = (await recover(server, token, newPassword)).json<{ sessionToken: string }>()
  const { code, cookie = '' } = await authorizeWithTicket(server, sessionToken)
  expect(await acceptedOf(server, { ...(await exchange(server, code)), cookie })).toEqual(everythingAccepted)
})

/** A member who waits for a code. */
async function newcomer() {
  const email = `${waiting.service.randomness.guid()}@shop.example`
  const answer = await send(`${waiting.url}/v2/register`, { json: { loginId: { email }, password } })
  const { stateToken, identity } = answer.json<{ stateToken: string; identity: { id: string } }>()
  return { email, stateToken, memberId: identity.id, code: await mailedCode(waiting, email), others: [] as Received[] }
}

test('P-12: however two uses of one code meet, exactly one lets the member in', async () => {
  const calls = await atEveryPoint(barriersOfWaiting, {
    prepare: newcomer,
    racing: ({ stateToken, code }) => verify(waiting, stateToken, code),
    meanwhile: async ({ stateToken, code, others }) => void others.push(await verify(waiting, stateToken, code)),
    afterwards: async ({ others: [other] }, answer) => {
      if (other === undefined) throw new Error('Both must have been answered')
      const [won, lost] = answer.status === 200 ? [answer, other] : [other, answer]
      expect([won.status, becauseOf(lost)]).toEqual([200, '400 VERIFICATION_FAILED used'])
      expect(await ticketIsGood(waiting, won)).toBe(true)
    },
  })
  expect(calls).toContain('tryCode')
})

test('P-12: however a code and its replacement meet, one of the two codes lets the member in', async () => {
  await atEveryPoint(barriersOfWaiting, {
    prepare: newcomer,
    racing: ({ stateToken, code }) => verify(waiting, stateToken, code),
    meanwhile: async ({ stateToken, others }) => void others.push(await resend(waiting, stateToken)),
    afterwards: async ({ email, stateToken, others: [resent] }, answer) => {
      if (answer.status === 200) {
        if (resent?.status === 200) expect(await mailsTo(waiting, email, 'verification_code')).toHaveLength(2)
        const newest = await mailedCode(waiting, email)
        expect(becauseOf(await verify(waiting, stateToken, newest))).toBe('400 VERIFICATION_FAILED used')
        return
      }
      expect(becauseOf(answer)).toBe('400 VERIFICATION_FAILED wrong')
      expect((await verify(waiting, stateToken, await mailedCode(waiting, email))).status).toBe(200)
    },
  })
})

test('S-07: however a code and a block meet, nothing of the member is accepted afterwards', async () => {
  await atEveryPoint(barriersOfWaiting, {
    prepare: newcomer,
    racing: ({ stateToken, code }) => verify(waiting, stateToken, code),
    meanwhile: ({ memberId }) => block(waiting, memberId),
    afterwards: async (_scene, answer) => {
      expect([200, 403]).toContain(answer.status)
      if (answer.status === 200) expect(await ticketIsGood(waiting, answer)).toBe(false)
    },
  })
})
