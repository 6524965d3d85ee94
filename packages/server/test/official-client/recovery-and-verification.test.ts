/** New passwords, codes, and the sign-on policy with the official packages, as they are published. */
import { randomUUID } from 'node:crypto'
import { recovery, signOnPolicy, verification } from '@wix/identity'
import { ApiKeyStrategy, createClient, type Host, OAuthStrategy } from '@wix/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addApiKey, administer } from '../support/administer.ts'
import { password } from '../support/members.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite } from '../support/official-site.ts'
import { anotherCode, mailedCode, mailedToken, mailsTo } from '../support/proofs.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

const newPassword = 'another long passphrase'
const ownHost = 'login.shop.example'
let server: TestServer
let hosts: OfficialHosts
let key: string

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url, [ownHost])
  key = (await addApiKey(server)).key
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

const newEmail = () => `${randomUUID()}@shop.example`
const modules = { recovery, verification, signOnPolicy }
const visitor = () => createClient({ auth: OAuthStrategy({ clientId: server.client.id }), modules })
const backend = () => createClient({ auth: ApiKeyStrategy({ apiKey: key, siteId: server.service.siteId }), modules })
const demand = (settings: object) => administer(server, 'PATCH', '/site', { settings })

async function withVerification<T>(run: () => Promise<T>): Promise<T> {
  await demand({ requireEmailVerification: true })
  try {
    return await run()
  } finally {
    await demand({ requireEmailVerification: false, requireOwnerApproval: false })
  }
}

test('sendPasswordResetEmail mails a link that leads back to the site', async () => {
  const email = newEmail()
  const site = officialSite(server.client.id)
  await site.auth.register({ email, password })
  expect(await site.auth.sendPasswordResetEmail(email, callbackUri)).toBeUndefined()
  expect(await mailsTo(server, email)).toMatchObject([{ kind: 'recovery' }])
  expect(await site.auth.sendPasswordResetEmail(newEmail(), callbackUri)).toBeUndefined()
  await expect(site.auth.sendPasswordResetEmail(email, 'https://evil.example/')).rejects.toMatchObject({
    details: { validationError: { fieldViolations: [{ field: expect.stringContaining('redirect.url') }] } },
  })
})

test('the recovery module asks for a link, and sets a password by it', async () => {
  const email = newEmail()
  await officialSite(server.client.id).auth.register({ email, password })
  await visitor().recovery.sendRecoveryEmail(email, { redirect: { url: callbackUri, clientId: server.client.id } })
  const token = await mailedToken(server, email)
  await expect(visitor().recovery.recover(token, { password: 'short' })).rejects.toMatchObject({
    details: { validationError: { fieldViolations: [{ field: 'options.password' }] } },
  })
  expect(await visitor().recovery.recover(token, { password: newPassword })).toMatchObject({
    state: 'SUCCESS',
    sessionToken: expect.any(String),
    identity: { email: { isVerified: true } },
  })
  await expect(visitor().recovery.recover(token, { password: newPassword })).rejects.toMatchObject({
    details: { applicationError: { code: 'INVALID_RECOVERY_TOKEN', data: { because: 'used' } } },
  })
  expect(await officialSite(server.client.id).auth.login({ email, password: newPassword })).toMatchObject({
    loginState: 'SUCCESS',
  })
})

test('a login of a member without a password tells the site to send the link', async () => {
  const email = newEmail()
  const { member } = (await administer(server, 'POST', '/members', { email })).json<{ member: { id: string } }>()
  expect(await officialSite(server.client.id).auth.login({ email, password })).toMatchObject({
    loginState: 'FAILURE',
    errorCode: 'resetPassword',
  })
  await backend().recovery.sendActivationEmail(member.id)
  await visitor().recovery.recover(await mailedToken(server, email), { password: newPassword })
  expect(await officialSite(server.client.id).auth.login({ email, password: newPassword })).toMatchObject({
    loginState: 'SUCCESS',
  })
})

test('processVerification goes on with the registration that it follows', () =>
  withVerification(async () => {
    const email = newEmail()
    const site = officialSite(server.client.id)
    expect(await site.auth.register({ email, password })).toMatchObject({
      loginState: 'EMAIL_VERIFICATION_REQUIRED',
      data: { stateToken: expect.any(String) },
    })
    const code = await mailedCode(server, email)
    await expect(site.auth.processVerification({ verificationCode: anotherCode(code) })).rejects.toMatchObject({
      details: { applicationError: { code: 'VERIFICATION_FAILED', data: { because: 'wrong' } } },
    })
    expect(await site.auth.processVerification({ verificationCode: code })).toMatchObject({
      loginState: 'SUCCESS',
      data: { sessionToken: expect.any(String) },
    })
  }))

test('processVerification takes the state of a login that another page has begun', () =>
  withVerification(async () => {
    await demand({ requireOwnerApproval: true })
    const email = newEmail()
    await officialSite(server.client.id).auth.register({ email, password })
    const state = await officialSite(server.client.id).auth.login({ email, password })
    expect(state.loginState).toBe('EMAIL_VERIFICATION_REQUIRED')
    const verificationCode = await mailedCode(server, email)
    const site = officialSite(server.client.id)
    expect(await site.auth.processVerification({ verificationCode }, state as never)).toMatchObject({
      loginState: 'OWNER_APPROVAL_REQUIRED',
    })
    expect(await site.auth.login({ email, password })).toMatchObject({ loginState: 'OWNER_APPROVAL_REQUIRED' })
    const { members } = (await administer(server, 'GET', `/members?email=${email}`)).json<{
      members: { id: string }[]
    }>()
    await administer(server, 'POST', `/members/${members[0]?.id}/approve`)
    expect(await site.auth.login({ email, password })).toMatchObject({ loginState: 'SUCCESS' })
  }))

test('the verification module goes on with a login, and starts a verification for the site', () =>
  withVerification(async () => {
    const email = newEmail()
    const state = await officialSite(server.client.id).auth.register({ email, password })
    const { stateToken } = (state as unknown as { data: { stateToken: string } }).data
    const code = await mailedCode(server, email)
    const verified = await visitor().verification.verifyDuringAuthentication(code, { stateToken })
    expect(verified).toMatchObject({ state: 'SUCCESS', sessionToken: expect.any(String) })
    const started = await backend().verification.start({
      identityId: verified.identity?._id ?? '',
      target: 'EMAIL',
    } as never)
    expect(started).toMatchObject({ verificationId: expect.any(String) })
  }))

test('the signOnPolicy module reads and changes the policy', async () => {
  const { signOnPolicy: policy } = backend()
  const off = { requireOwnerApproval: false, requireEmailVerification: false }
  expect(await policy.getSignOnPolicy()).toMatchObject({ signOnPolicy: off })
  expect(await policy.updateSignOnPolicy({ requireOwnerApproval: true })).toMatchObject({
    ...off,
    requireOwnerApproval: true,
  })
  await policy.updateSignOnPolicy({ requireOwnerApproval: false })
  expect(await policy.getSignOnPolicy()).toMatchObject({ signOnPolicy: off })
})

test('with a host of its own a client finds every method below the other prefixes', async () => {
  const email = newEmail()
  await officialSite(server.client.id).auth.register({ email, password })
  const host = { apiBaseUrl: ownHost } as Host
  const client = createClient({
    auth: ApiKeyStrategy({ apiKey: key, siteId: server.service.siteId }),
    host,
    modules,
  })
  const before = hosts.requests.length
  await client.recovery.sendRecoveryEmail(email)
  await client.signOnPolicy.getSignOnPolicy()
  const sent = hosts.requests.slice(before)
  expect(sent.map(({ host: name, address, status }) => `${name} ${address} ${status}`)).toEqual([
    `${ownHost} /_iam/recovery/v1/send-email 200`,
    `${ownHost} /iam/signon/v1/sign-on-policies 200`,
  ])
})
