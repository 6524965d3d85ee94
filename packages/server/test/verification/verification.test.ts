/** Proving an address by a code, and waiting for the owner, before a new member is let in. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer, block, unblock } from '../support/administer.ts'
import { refusalOf, violationOf } from '../support/answers.ts'
import { headingOf } from '../support/logout.ts'
import { hour, minute } from '../support/manual-clock.ts'
import { authorizeQuery, authorizeWithTicket, password } from '../support/members.ts'
import {
  anotherCode,
  askForLink,
  becauseOf,
  challengeIn,
  mailedCode,
  mailsTo,
  recover,
  resend,
  verificationPath,
  verify,
} from '../support/proofs.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const ownerEmail = 'owner@shop.example'
let server: TestServer
let both: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { requireEmailVerification: true } })
  both = await startTestServer({
    siteSettings: { requireEmailVerification: true, requireOwnerApproval: true, ownerEmail },
  })
})
afterAll(async () => {
  await server.close()
  await both.close()
})

interface Outcome {
  readonly state: string
  readonly sessionToken?: string
  readonly stateToken?: string
  readonly identity: { readonly id: string; readonly email: object; readonly status: object }
}

const newEmail = () => `${randomUUID()}@shop.example`
const register = (email: string, at = server) =>
  send(`${at.url}/v2/register`, { json: { loginId: { email }, password } })
const logIn = (email: string, at = server) => send(`${at.url}/v2/login`, { json: { loginId: { email }, password } })

/** A member who has registered and waits for a code; with the newest one. */
async function waiting(at = server) {
  const email = newEmail()
  const answer = await register(email, at)
  const { state, stateToken = '', identity } = answer.json<Outcome>()
  expect([answer.status, state]).toEqual([200, 'REQUIRE_EMAIL_VERIFICATION'])
  return { email, stateToken, memberId: identity.id, code: await mailedCode(at, email) }
}

function stateOf(answer: Received): string {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json<Outcome>().state
}

test('a new member is asked for the code that was mailed, and let in by it', async () => {
  const email = newEmail()
  const registered = (await register(email)).json<Outcome>()
  expect(registered).toMatchObject({
    state: 'REQUIRE_EMAIL_VERIFICATION',
    identity: {
      email: { isVerified: false },
      status: { name: 'PENDING', reasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED'] },
    },
  })
  expect(registered.sessionToken).toBeUndefined()
  expect(registered.stateToken?.length).toBeLessThanOrEqual(1000)
  const verified = await verify(server, registered.stateToken ?? '', await mailedCode(server, email))
  const { state, sessionToken = '', identity } = verified.json<Outcome>()
  expect(state).toBe('SUCCESS')
  expect(identity).toMatchObject({ email: { isVerified: true }, status: { name: 'ACTIVE', reasons: [] } })
  expect((await authorizeWithTicket(server, sessionToken)).cookie).toBeDefined()
  expect(stateOf(await logIn(email))).toBe('SUCCESS')
})

test('logging in before that is answered alike, with a code and a state token of its own', async () => {
  const first = await waiting()
  const { state, stateToken = '' } = (await logIn(first.email)).json<Outcome>()
  expect(state).toBe('REQUIRE_EMAIL_VERIFICATION')
  expect(stateToken).not.toBe(first.stateToken)
  expect(await mailsTo(server, first.email, 'verification_code')).toHaveLength(2)
  expect(stateOf(await verify(server, stateToken, await mailedCode(server, first.email)))).toBe('SUCCESS')
})

test('P-12: a code is bound to the login that it was sent for', async () => {
  const first = await waiting()
  const second = await waiting()
  expect(becauseOf(await verify(server, first.stateToken, second.code))).toBe('400 VERIFICATION_FAILED wrong')
  expect(stateOf(await verify(server, first.stateToken, first.code))).toBe('SUCCESS')
})

test('P-12: a code is good once, also when it is sent twice at once', async () => {
  const { stateToken, code } = await waiting()
  const answers = await Promise.all([verify(server, stateToken, code), verify(server, stateToken, code)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400])
  expect(becauseOf(await verify(server, stateToken, code))).toBe('400 VERIFICATION_FAILED used')
})

test('P-12: a code is good for ten minutes, and another can be had for an hour', async () => {
  const late = await waiting()
  await server.quiet()
  server.clock.advance(10 * minute)
  expect(becauseOf(await verify(server, late.stateToken, late.code))).toBe('400 VERIFICATION_FAILED code_expired')
  expect((await resend(server, late.stateToken)).text).toBe('{}')
  await server.quiet()
  server.clock.advance(10 * minute - 1)
  expect(stateOf(await verify(server, late.stateToken, await mailedCode(server, late.email)))).toBe('SUCCESS')

  const tooLate = await waiting()
  await server.quiet()
  server.clock.advance(hour)
  expect(becauseOf(await verify(server, tooLate.stateToken, tooLate.code))).toBe('400 VERIFICATION_FAILED expired')
  expect(becauseOf(await resend(server, tooLate.stateToken))).toBe('400 VERIFICATION_FAILED expired')
})

test('P-12: the sixth try is refused though it is right, and a login after it begins anew', async () => {
  const { email, stateToken, code } = await waiting()
  const wrong = anotherCode(code)
  const left = []
  for (let tries = 1; tries <= 5; tries += 1) {
    const { data } = (await verify(server, stateToken, wrong)).json<{
      details: { applicationError: { data: { triesLeft: number; because: string } } }
    }>().details.applicationError
    left.push(`${data.because} ${data.triesLeft}`)
  }
  expect(left).toEqual(['wrong 4', 'wrong 3', 'wrong 2', 'wrong 1', 'too_many_tries 0'])
  expect(becauseOf(await verify(server, stateToken, code))).toBe('400 VERIFICATION_FAILED too_many_tries')
  expect(becauseOf(await resend(server, stateToken))).toBe('400 VERIFICATION_FAILED too_many_tries')
  const { stateToken: next = '' } = (await logIn(email)).json<Outcome>()
  expect(stateOf(await verify(server, next, await mailedCode(server, email)))).toBe('SUCCESS')
})

test('P-12: of a hundred guesses at once, five are looked at', async () => {
  const { stateToken, code } = await waiting()
  const guesses = Array.from({ length: 100 }, () => verify(server, stateToken, anotherCode(code)))
  const reasons = (await Promise.all(guesses)).map(becauseOf)
  expect(reasons.filter((reason) => reason.endsWith(' wrong'))).toHaveLength(4)
  expect(reasons.filter((reason) => reason.endsWith(' too_many_tries'))).toHaveLength(96)
})

test('P-12: a newer code makes the one before worthless, and brings no new tries', async () => {
  const { email, stateToken, code } = await waiting()
  await verify(server, stateToken, anotherCode(code))
  expect((await resend(server, stateToken)).status).toBe(200)
  const newer = await mailedCode(server, email)
  const former = await verify(server, stateToken, code)
  expect(former.json()).toMatchObject({ details: { applicationError: { data: { because: 'wrong', triesLeft: 3 } } } })
  expect(stateOf(await verify(server, stateToken, newer))).toBe('SUCCESS')
})

test('P-12: codes have six digits, and nothing of them lies in the database', async () => {
  const { stateToken, code } = await waiting()
  expect(code).toMatch(/^\d{6}$/)
  expect(await server.contents.dump()).not.toMatch(new RegExp(`(?<!\\d)${code}(?!\\d)`))
  expect(await server.contents.dump()).not.toContain(stateToken)
})

test('neither a mailbox is flooded nor a code guessed by logging in again and again', async () => {
  const { email, stateToken, code } = await waiting()
  const outcomes = []
  for (let times = 1; times <= 11; times += 1) outcomes.push((await logIn(email)).status)
  expect(outcomes).toEqual([...Array(9).fill(200), 429, 429])
  expect(refusalOf(await logIn(email))).toBe('429 THROTTLED_FEATURE')
  expect(await mailsTo(server, email, 'verification_code')).toHaveLength(10)
  for (let times = 1; times <= 4; times += 1) expect((await resend(server, stateToken)).status).toBe(200)
  expect(becauseOf(await resend(server, stateToken))).toBe('400 VERIFICATION_FAILED too_many_codes')
  expect(becauseOf(await verify(server, stateToken, code))).toBe('400 VERIFICATION_FAILED wrong')
  await server.quiet()
  server.clock.advance(hour + 1)
  expect(stateOf(await logIn(email))).toBe('REQUIRE_EMAIL_VERIFICATION')
})

test('a state token that is altered, of another kind, or of no login is refused', async () => {
  const { stateToken, code, memberId } = await waiting()
  const { proofs, randomness } = server.service
  const id = challengeIn(server, stateToken)
  const others = [
    '',
    'x',
    `${stateToken}x`,
    proofs.recoveryToken(id),
    proofs.stateToken(randomness.guid()),
    id,
    memberId,
  ]
  for (const other of others) {
    expect(becauseOf(await verify(server, other, code)), other).toBe('400 VERIFICATION_FAILED unknown')
    expect(becauseOf(await resend(server, other)), other).toBe('400 VERIFICATION_FAILED unknown')
  }
})

test.each(['', '12345', '1234567'])('a code that has not six characters is refused by its field: %s', async (code) => {
  const { stateToken } = await waiting()
  expect(violationOf(await verify(server, stateToken, code))).toMatch(/^400 code M(IN|AX)_LENGTH$/)
})

test('six characters that are no digits, or digits of another script, are a wrong code', async () => {
  const { stateToken } = await waiting()
  for (const code of ['abcdef', '١٢٣٤٥٦', '      ']) {
    expect(becauseOf(await verify(server, stateToken, code)), code).toBe('400 VERIFICATION_FAILED wrong')
  }
})

test('a member who is blocked meanwhile is not let in by a code, and waits on once unblocked', async () => {
  const { email, stateToken, code, memberId } = await waiting()
  await block(server, memberId)
  expect(refusalOf(await verify(server, stateToken, code))).toBe('403 IDENTITY_NOT_ACTIVE')
  expect(refusalOf(await resend(server, stateToken))).toBe('403 IDENTITY_NOT_ACTIVE')
  await unblock(server, memberId)
  expect(stateOf(await logIn(email))).toBe('REQUIRE_EMAIL_VERIFICATION')
  expect(stateOf(await verify(server, stateToken, code))).toBe('SUCCESS')
})

test('a link for a new password proves the address as well', async () => {
  const { email } = await waiting()
  const answer = await recover(server, await askForLink(server, email), 'another long passphrase')
  expect(stateOf(answer)).toBe('SUCCESS')
})

test('our own login page says of a member who has to prove the address what it says of a wrong password', async () => {
  const { email } = await waiting()
  const answer = await send(`${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    form: {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' }))),
      email,
      password,
    },
  })
  expect([answer.status, headingOf(answer)]).toEqual([401, 'Sign in'])
  expect(answer.text).toContain('If you have not entered the code of your registration yet, register again.')
  expect(answer.setCookies).toEqual([])
})

test('a taken address is answered as ever, and nobody is written to', async () => {
  const { email } = await waiting()
  expect(refusalOf(await register(email.toUpperCase()))).toBe('409 -19995')
  expect(await mailsTo(server, email)).toHaveLength(1)
})

describe('where the owner has to approve as well', () => {
  const mailsToOwner = async (email: string) =>
    (await mailsTo(both, ownerEmail, 'approval_wanted')).filter(({ parameters }) => parameters['email'] === email)

  test('the address comes first, and the owner is asked only about who has proven theirs', async () => {
    const { email, stateToken, code, memberId } = await waiting(both)
    expect(stateOf(await logIn(email, both))).toBe('REQUIRE_EMAIL_VERIFICATION')
    expect(await mailsToOwner(email)).toEqual([])
    const verified = (await verify(both, stateToken, code)).json<Outcome>()
    expect(verified).toMatchObject({
      state: 'REQUIRE_OWNER_APPROVAL',
      identity: {
        email: { isVerified: true },
        status: { name: 'PENDING', reasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] },
      },
    })
    expect(verified.sessionToken).toBeUndefined()
    expect(await mailsToOwner(email)).toHaveLength(1)
    expect(stateOf(await logIn(email, both))).toBe('REQUIRE_OWNER_APPROVAL')
    expect((await administer(both, 'POST', `/members/${memberId}/approve`)).status).toBe(200)
    expect(stateOf(await logIn(email, both))).toBe('SUCCESS')
  })

  test('an approval that comes first leaves the address to be proven', async () => {
    const { email, stateToken, code, memberId } = await waiting(both)
    const approved = await administer(both, 'POST', `/members/${memberId}/approve`)
    expect(approved.json()).toMatchObject({ status: 'PENDING', reasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED'] })
    expect(stateOf(await logIn(email, both))).toBe('REQUIRE_EMAIL_VERIFICATION')
    expect(stateOf(await verify(both, stateToken, code))).toBe('SUCCESS')
    expect(await mailsToOwner(email)).toEqual([])
  })

  test('a recovery proves the address and approves nobody', async () => {
    const { email } = await waiting(both)
    const answer = await recover(both, await askForLink(both, email), 'another long passphrase')
    expect(stateOf(answer)).toBe('REQUIRE_OWNER_APPROVAL')
    expect(answer.json<Outcome>().sessionToken).toBeUndefined()
    expect(await mailsToOwner(email)).toHaveLength(1)
  })
})

test('the start of a verification is refused to visitors and strangers', async () => {
  const { memberId } = await waiting()
  const start = (authorization?: string) =>
    send(`${server.url}${verificationPath}/start`, {
      headers: authorization === undefined ? {} : { authorization },
      json: { identityId: memberId, target: 'EMAIL' },
    })
  expect(refusalOf(await start())).toBe('401 UNAUTHENTICATED')
  const visitor = await send(`${server.url}/oauth2/token`, {
    json: { clientId: server.client.id, grantType: 'anonymous' },
  })
  expect(refusalOf(await start(visitor.json<{ access_token: string }>().access_token))).toBe('403 PERMISSION_DENIED')
})
