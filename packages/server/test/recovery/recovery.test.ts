/** Choosing a new password by a link from a mail. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer, block, unblock } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { endsOnRecord } from '../support/logout.ts'
import { minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginByForm,
  password,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { askForLink, becauseOf, challengeIn, mailedToken, mailsTo, recover, recoveryPath } from '../support/proofs.ts'
import { type Received, send } from '../support/send.ts'
import { callbackUri, siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

const newPassword = 'another long passphrase'
const storageCalls: string[] = []
let isWatched = false
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    decorateStorage: (storage) =>
      new Proxy(storage, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name)
          if (typeof method !== 'function') return method
          return (...given: readonly unknown[]) => {
            if (isWatched) storageCalls.push(String(name))
            return Reflect.apply(method, target, given)
          }
        },
      }),
  })
})
afterAll(() => server.close())

const askFor = (json: unknown) => send(`${server.url}${recoveryPath}/send-email`, { json })
const logIn = (email: string, given = password) =>
  send(`${server.url}/v2/login`, { json: { loginId: { email }, password: given } })
const changePassword = (accessToken: string, given: string) =>
  send(`${server.url}/v2/change-password`, { headers: { authorization: accessToken }, json: { newPassword: given } })

test('a link sets a password, proves the address and gives a session token that signs the member in', async () => {
  const { email, memberId } = await registerMember(server)
  const answer = await recover(server, await askForLink(server, email.toUpperCase()), newPassword)
  expect(answer.status).toBe(200)
  const { state, sessionToken, identity } = answer.json<{ state: string; sessionToken: string; identity: object }>()
  expect(state).toBe('SUCCESS')
  expect(identity).toMatchObject({ id: memberId, email: { isVerified: true }, status: { name: 'ACTIVE', reasons: [] } })
  const { code, cookie } = await authorizeWithTicket(server, sessionToken)
  expect(await acceptedOf(server, { ...(await exchange(server, code)), cookie: cookie ?? '' })).toEqual(
    everythingAccepted,
  )
  expect(refusalOf(await logIn(email))).toBe('401 -19976')
  expect((await logIn(email, newPassword)).status).toBe(200)
})

test('S-05: a reset ends every session of the member, on every device, by the one ending', async () => {
  const first = await signedInMember(server)
  const cookie = await loginByForm(server, first.email)
  const bystander = await signedInMember(server)
  const ends = (await endsOnRecord(server)).length
  await recover(server, await askForLink(server, first.email), newPassword)
  expect(await acceptedOf(server, first)).toEqual([])
  expect(await acceptedOf(server, { cookie })).toEqual([])
  expect(await acceptedOf(server, bystander)).toEqual(everythingAccepted)
  const { memberId } = first
  expect((await endsOnRecord(server)).slice(ends)).toMatchObject([
    { kind: 'session', memberId, cause: 'password_reset' },
    { kind: 'session', memberId, cause: 'password_reset' },
  ])
})

test('P-09: a link is good once', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  await recover(server, token, newPassword)
  expect(becauseOf(await recover(server, token, 'a third long passphrase'))).toBe('400 INVALID_RECOVERY_TOKEN used')
  expect((await logIn(email, newPassword)).status).toBe(200)
})

test('P-09: of two uses of one link at once, one succeeds', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  const chosen = ['the first long passphrase', 'the second long passphrase']
  const answers = await Promise.all(chosen.map((each) => recover(server, token, each)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400])
  const loggedIn = await Promise.all(chosen.map((each) => logIn(email, each)))
  expect(loggedIn.map(({ status }) => status)).toEqual(answers.map(({ status }) => (status === 200 ? 200 : 401)))
})

test('P-09: a link is good for twenty minutes, and not a millisecond longer', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  await server.quiet()
  server.clock.advance(20 * minute)
  expect(becauseOf(await recover(server, token, newPassword))).toBe('400 INVALID_RECOVERY_TOKEN expired')
  const next = await askForLink(server, email)
  server.clock.advance(20 * minute - 1)
  expect((await recover(server, next, newPassword)).status).toBe(200)
})

test('P-09: a newer link makes the older one void', async () => {
  const { email } = await registerMember(server)
  const first = await askForLink(server, email)
  const second = await askForLink(server, email)
  expect(becauseOf(await recover(server, first, newPassword))).toBe('400 INVALID_RECOVERY_TOKEN void')
  expect((await recover(server, second, newPassword)).status).toBe(200)
})

test('P-09: a link is void once the password was changed', async () => {
  const member = await signedInMember(server)
  const token = await askForLink(server, member.email)
  expect((await changePassword(member.accessToken, newPassword)).status).toBe(200)
  expect(becauseOf(await recover(server, token, 'a third long passphrase'))).toBe('400 INVALID_RECOVERY_TOKEN void')
  expect((await logIn(member.email, newPassword)).status).toBe(200)
})

test('P-09: a link is void once the member has another address', async () => {
  const { email, memberId } = await registerMember(server)
  const token = await askForLink(server, email)
  const changed = await administer(server, 'POST', `/members/${memberId}/email`, {
    email: `${randomUUID()}@shop.example`,
  })
  expect(changed.status).toBe(200)
  expect(becauseOf(await recover(server, token, newPassword))).toBe('400 INVALID_RECOVERY_TOKEN void')
})

test('P-09: nothing that a link proves itself by lies in the database, neither as it is nor as a hash', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  const rows = await server.contents.dump()
  const { hashSecret } = await import('../../src/domain/secrets.ts')
  const [, mac = ''] = token.split('.')
  for (const form of [
    mac,
    Buffer.from(mac, 'base64url').toString('hex'),
    Buffer.from(hashSecret(token)).toString('hex'),
  ]) {
    expect(form.length).toBeGreaterThan(40)
    expect(rows).not.toContain(form)
  }
  expect(rows).toContain(challengeIn(server, token))
})

test('P-09: a token that is altered, of another kind, or made up is unknown', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  const { proofs, randomness } = server.service
  const [id = '', mac = ''] = token.split('.')
  for (const other of [
    '',
    'x',
    token.slice(0, -1),
    `${token}A`,
    `${id}.${mac.split('').toReversed().join('')}`,
    proofs.stateToken(challengeIn(server, token)),
    proofs.recoveryToken(randomness.guid()),
    token.toUpperCase(),
    'x'.repeat(1000),
  ]) {
    expect(becauseOf(await recover(server, other, newPassword)), other).toBe('400 INVALID_RECOVERY_TOKEN unknown')
  }
  expect((await recover(server, token, newPassword)).status).toBe(200)
})

test('P-10: a forged host changes nothing of the mail, which names none', async () => {
  const { email } = await registerMember(server)
  const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
  const answer = await send(`${server.url}${recoveryPath}/send-email`, { headers: forged, json: { email } })
  expect(answer.text).toBe('{}')
  const [mail] = await mailsTo(server, email, 'recovery')
  expect(Object.keys(mail?.parameters ?? {}).toSorted()).toEqual(['challenge', 'until'])
  expect(await server.contents.dump()).not.toContain('evil.example')
})

test('a password that breaks a rule is refused by its field, and the link stays good', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  expect(violationOf(await recover(server, token, 'short'))).toBe('400 password MIN_LENGTH')
  expect(violationOf(await recover(server, token, 'password'))).toBe('400 password OTHER PASSWORD_COMMON')
  expect(violationOf(await recover(server, token, email))).toBe('400 password OTHER PASSWORD_CONTEXT')
  expect(violationOf(await recover(server, token, null))).toBe('400 password REQUIRED_FIELD')
  expect(violationOf(await recover(server, token))).toBe('400 password REQUIRED_FIELD')
  expect((await recover(server, token, newPassword)).status).toBe(200)
})

test('a member who is blocked stays so, and is sent no link', async () => {
  const { email, memberId } = await registerMember(server)
  const token = await askForLink(server, email)
  await block(server, memberId)
  const mails = await mailsTo(server, email, 'recovery')
  expect(refusalOf(await recover(server, token, newPassword))).toBe('403 IDENTITY_NOT_ACTIVE')
  expect((await askFor({ email })).text).toBe('{}')
  expect(await mailsTo(server, email, 'recovery')).toEqual(mails)
  await unblock(server, memberId)
  expect((await logIn(email)).status).toBe(200)
  expect(refusalOf(await logIn(email, newPassword))).toBe('401 -19976')
})

test('P-11, A-08: the member is told by mail that the password was set, once', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  await recover(server, token, 'short')
  expect(await mailsTo(server, email, 'password_reset')).toEqual([])
  await recover(server, token, newPassword)
  await recover(server, token, newPassword)
  expect(await mailsTo(server, email, 'password_reset')).toMatchObject([{ createdAt: server.clock.now() }])
})

test('P-07: an address that nobody has is answered alike, by as many steps, and nothing is sent', async () => {
  const { email } = await registerMember(server)
  const ask = async (address: string) => {
    storageCalls.length = 0
    isWatched = true
    const answer = await askFor({ email: address })
    isWatched = false
    const { 'x-wix-request-id': _id, date: _date, ...headers } = answer.headers
    return { status: answer.status, text: answer.text, headers, calls: [...storageCalls] }
  }
  const nobody = `${randomUUID()}@shop.example`
  expect(await ask(nobody)).toEqual(await ask(email))
  expect(await mailsTo(server, nobody)).toEqual([])
  expect(await mailsTo(server, email, 'recovery')).toHaveLength(1)
  // What is kept for nobody does not say whose address it was.
  expect(await server.contents.dump()).not.toContain(nobody)
})

test.each(['', 'nobody', 'a@b', 'a b@shop.example', `${'x'.repeat(300)}@shop.example`])(
  'what is no address is refused by its field: %s',
  async (email) => {
    expect(violationOf(await askFor({ email }))).toBe('400 email FORMAT')
  },
)

test('R-01: a person is led to an address that the client has registered exactly, and to no other', async () => {
  const { email } = await registerMember(server)
  const { id: clientId } = server.client
  for (const url of [
    `${callbackUri}/`,
    `${callbackUri}?x=1`,
    siteOrigin,
    'https://evil.example/',
    'javascript:alert(1)',
  ]) {
    const answer = await askFor({ email, redirect: { url, clientId } })
    expect(violationOf(answer), url).toBe('400 redirect.url OTHER REDIRECT_NOT_ALLOWED')
  }
  expect(violationOf(await askFor({ email, redirect: { url: callbackUri } }))).toBe(
    '400 redirect.clientId REQUIRED_FIELD',
  )
  expect(refusalOf(await askFor({ email, redirect: { url: callbackUri, clientId: randomUUID() } }))).toBe(
    '400 OAUTH_APP_NOT_FOUND',
  )
  expect(await mailsTo(server, email, 'recovery')).toEqual([])
  await askForLink(server, email, { redirect: { url: callbackUri, clientId } })
  await askForLink(server, email, { redirect: { clientId } })
})

test('a link is written in the language of the request, else of the member, else of the site', async () => {
  const { email } = await registerMember(server)
  await askForLink(server, email, { language: 'DE' })
  await askForLink(server, email)
  expect((await mailsTo(server, email, 'recovery')).map(({ language }) => language)).toEqual(['en', 'de'])
  expect(violationOf(await askFor({ email, language: 'deutsch' }))).toBe('400 language FORMAT')
})

test('the calls take a visitor’s token, or none, and refuse one that is no good', async () => {
  const { email } = await registerMember(server)
  const { accessToken } = await visitorTokens(server)
  const ask = (authorization: string): Promise<Received> =>
    send(`${server.url}${recoveryPath}/send-email`, { headers: { authorization }, json: { email } })
  expect((await ask(accessToken)).status).toBe(200)
  const token = await mailedToken(server, email)
  expect(refusalOf(await ask('no.good.token'))).toBe('401 UNAUTHENTICATED')
  const headers = { authorization: 'no.good.token' }
  expect(refusalOf(await recover(server, token, newPassword, { headers }))).toBe('401 UNAUTHENTICATED')
  const answer = await recover(server, token, newPassword, { headers: { authorization: accessToken } })
  const { sessionToken } = answer.json<{ sessionToken: string }>()
  expect((await authorizeWithTicket(server, sessionToken)).cookie).toBeDefined()
})

test('a request for a link and a reset are on record, without the link or the address', async () => {
  const { email, memberId } = await registerMember(server)
  const before = (await auditOf(server)).length
  await recover(server, await askForLink(server, email, { redirect: { clientId: server.client.id } }), newPassword)
  const records = (await auditOf(server)).slice(before)
  expect(records).toContainEqual(
    expect.objectContaining({ event: 'challenge.opened', memberId, clientId: server.client.id }),
  )
  expect(records).toContainEqual(expect.objectContaining({ event: 'member.password_reset', memberId }))
  expect(JSON.stringify(records)).not.toContain(email)
})

test('five links an hour are sent for an address, whether anybody has it or not', async () => {
  const { email } = await registerMember(server)
  for (const address of [email, `${randomUUID()}@shop.example`]) {
    const answers = []
    for (let times = 1; times <= 6; times += 1) answers.push(await askFor({ email: address }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429])
    const refused = await askFor({ email: address })
    expect([refusalOf(refused), refused.headers['retry-after']]).toEqual(['429 THROTTLED_FEATURE', '3600'])
  }
  expect(await mailsTo(server, email, 'recovery')).toHaveLength(5)
  await server.quiet()
  server.clock.advance(60 * minute)
  expect((await askFor({ email })).status).toBe(200)
})

test('P-08: a reset forgets the logins that failed, so that nobody has to wait after it', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  for (let times = 1; times <= 10; times += 1) await logIn(email, 'a wrong long passphrase')
  expect((await logIn(email)).status).toBe(429)
  expect((await recover(server, token, newPassword)).status).toBe(200)
  expect((await logIn(email, newPassword)).status).toBe(200)
})
