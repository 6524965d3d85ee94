/** Inviting a member to choose a first password, and proving an address at the site's wish: for trusted callers. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addApiKey, administer, block } from '../support/administer.ts'
import { refusalOf, violationOf } from '../support/answers.ts'
import { minute } from '../support/manual-clock.ts'
import { registerMember, signedInMember } from '../support/members.ts'
import { becauseOf, mailedToken, mailsTo, recover, recoveryPath, verificationPath, verify } from '../support/proofs.ts'
import { send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

const newPassword = 'another long passphrase'
let server: TestServer
let key: string
beforeAll(async () => {
  server = await startTestServer()
  key = (await addApiKey(server, ['IAM.SEND_ACTIVATION_EMAIL', 'IAM.START'])).key
})
afterAll(() => server.close())

const activate = (json: unknown, authorization = key) =>
  send(`${server.url}${recoveryPath}/activation-email`, { headers: { authorization }, json })
const start = (json: unknown, authorization = key) =>
  send(`${server.url}${verificationPath}/start`, { headers: { authorization }, json })
const logIn = (email: string, password: string) =>
  send(`${server.url}/v2/login`, { json: { loginId: { email }, password } })

/** A member whom an administrator has added without a password. */
async function invited() {
  const email = `${randomUUID()}@shop.example`
  const { member } = (await administer(server, 'POST', '/members', { email })).json<{ member: { id: string } }>()
  return { email, memberId: member.id }
}

test('a member without a password is told to set one, and does so by the link of an invitation', async () => {
  const { email, memberId } = await invited()
  expect(refusalOf(await logIn(email, newPassword))).toBe('401 -19973')
  const redirect = { url: callbackUri, clientId: server.client.id }
  const sent = await activate({ identityId: memberId.toUpperCase(), emailOptions: { language: 'de', redirect } })
  expect([sent.status, sent.text]).toEqual([200, '{}'])
  expect(await mailsTo(server, email)).toMatchObject([{ kind: 'activation', language: 'de' }])
  await server.quiet()
  server.clock.advance(60 * minute - 1)
  expect((await recover(server, await mailedToken(server, email), newPassword)).json()['state']).toBe('SUCCESS')
  expect((await logIn(email, newPassword)).status).toBe(200)
})

test('the link of an invitation is good for an hour, and void after a newer link', async () => {
  const late = await invited()
  await activate({ identityId: late.memberId })
  const token = await mailedToken(server, late.email)
  await server.quiet()
  server.clock.advance(60 * minute)
  expect(becauseOf(await recover(server, token, newPassword))).toBe('400 INVALID_RECOVERY_TOKEN expired')
  await activate({ identityId: late.memberId })
  const first = await mailedToken(server, late.email)
  await send(`${server.url}${recoveryPath}/send-email`, { json: { email: late.email } })
  expect(becauseOf(await recover(server, first, newPassword))).toBe('400 INVALID_RECOVERY_TOKEN void')
})

test('nobody is invited who is not there or is blocked', async () => {
  for (const call of [activate, start]) {
    expect(refusalOf(await call({ identityId: randomUUID() }))).toBe('404 -19999')
    const { email, memberId } = await invited()
    await block(server, memberId)
    expect(refusalOf(await call({ identityId: memberId }))).toBe('403 IDENTITY_NOT_ACTIVE')
    expect(await mailsTo(server, email, 'activation', 'verification_code')).toEqual([])
    expect(violationOf(await call({ identityId: 'nobody' }))).toBe('400 identityId FORMAT')
    expect(violationOf(await call({}))).toBe('400 identityId REQUIRED_FIELD')
  }
})

test('an invitation leads to no address that is not the client’s', async () => {
  const { email, memberId } = await invited()
  const redirect = { url: 'https://evil.example/', clientId: server.client.id }
  expect(violationOf(await activate({ identityId: memberId, emailOptions: { redirect } }))).toBe(
    '400 emailOptions.redirect.url OTHER REDIRECT_NOT_ALLOWED',
  )
  expect(await mailsTo(server, email)).toEqual([])
})

test('the start of a verification mails a code, and its id opens nothing', async () => {
  const { email, memberId } = await registerMember(server)
  const answer = await start({ identityId: memberId, target: 'EMAIL' })
  expect(answer.status).toBe(200)
  const { verificationId } = answer.json<{ verificationId: string }>()
  const [mail] = await mailsTo(server, email, 'verification_code')
  expect(mail?.parameters).toMatchObject({ challenge: verificationId, codesSent: '1' })
  const { proofs } = server.service
  const code = proofs.code(verificationId, 1)
  for (const token of [verificationId, proofs.stateToken(verificationId)]) {
    expect(becauseOf(await verify(server, token, code))).toBe('400 VERIFICATION_FAILED unknown')
  }
  expect(violationOf(await start({ identityId: memberId, target: 'PHONE' }))).toMatch(/^400 target /)
})

test('a key without the permission, and a member, may do neither', async () => {
  const { memberId } = await invited()
  const other = (await addApiKey(server, ['OAUTH_APPS.READ'])).key
  const { accessToken } = await signedInMember(server)
  for (const call of [activate, start]) {
    expect(refusalOf(await call({ identityId: memberId }, other))).toBe('403 PERMISSION_DENIED')
    expect(refusalOf(await call({ identityId: memberId }, accessToken))).toBe('403 PERMISSION_DENIED')
    expect(refusalOf(await call({ identityId: memberId }, ''))).toBe('401 UNAUTHENTICATED')
  }
})
