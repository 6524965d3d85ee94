import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addApiKey } from '../../server/test/support/administer.ts'
import { addClientOf } from '../../server/test/support/clients.ts'
import { anotherCode, mailedCode, mailedToken, mailsTo } from '../../server/test/support/proofs.ts'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import * as sdk from '../src/index.ts'
import { ApiKeyStrategy, AppStrategy, createAdminClient, signInOnServer } from '../src/server.ts'
import { password, signInNewMember } from './site.ts'

let server: TestServer
let adminClient: ReturnType<typeof adminOf>
beforeAll(async () => {
  server = await startTestServer()
  adminClient = adminOf((await addApiKey(server)).key)
})
afterAll(() => server.close())

function adminOf(apiKey: string) {
  return createAdminClient({ baseUrl: server.url, auth: ApiKeyStrategy({ apiKey }) })
}

/** A client with every module, as somebody who is not signed in. */
function fullClient() {
  const { authentication, oauth, oauthApps, recovery, redirects, sessions, signOnPolicy, verification } = sdk
  return sdk.createClient({
    baseUrl: server.url,
    auth: sdk.OAuthStrategy({ clientId: server.client.id }),
    modules: { authentication, oauth, oauthApps, recovery, redirects, sessions, signOnPolicy, verification },
  })
}

const newAddress = () => `${randomUUID()}@shop.example`
const nobody = randomUUID()
const refused = (code: string) => ({ name: 'RefusedError', code })

describe('what only the site may do is refused to a member', () => {
  test.each<[string, (client: ReturnType<typeof fullClient>) => Promise<unknown>]>([
    ['signOn', (client) => client.authentication.signOn({ loginId: { email: newAddress() } })],
    ['sendActivationEmail', (client) => client.recovery.sendActivationEmail({ identityId: nobody })],
    ['start', (client) => client.verification.start({ identityId: nobody })],
    ['getSignOnPolicy', (client) => client.signOnPolicy.getSignOnPolicy()],
    ['updateSignOnPolicy', (client) => client.signOnPolicy.updateSignOnPolicy({ signOnPolicy: {} })],
    ['createOAuthApp', (client) => client.oauthApps.createOAuthApp({ oAuthApp: { name: 'Mine' } })],
    ['getOAuthApp', (client) => client.oauthApps.getOAuthApp({ oAuthAppId: server.client.id })],
    ['updateOAuthApp', (client) => client.oauthApps.updateOAuthApp({ oAuthAppId: server.client.id, oAuthApp: {} })],
    ['deleteOAuthApp', (client) => client.oauthApps.deleteOAuthApp({ oAuthAppId: server.client.id })],
    ['queryOAuthApps', (client) => client.oauthApps.queryOAuthApps()],
    ['generateOAuthAppSecret', (client) => client.oauthApps.generateOAuthAppSecret({ oAuthAppId: server.client.id })],
  ])('%s', async (_name, call) => {
    const member = fullClient()
    await signInNewMember(member)
    await expect(call(member)).rejects.toMatchObject({ ...refused('PERMISSION_DENIED'), status: 403 })
    expect(await member.auth.isSignedIn()).toBe(true)
  })
})

describe('the authentication service', () => {
  test('signs a member on by the word of the site, and whoever is new becomes one', async () => {
    const email = newAddress()
    const { AuthenticationService } = adminClient.headless
    const { sessionToken, identity } = await AuthenticationService.signOn({ loginId: { email }, verifyEmail: true })
    expect(identity.email).toEqual({ address: email, isVerified: true })
    const client = fullClient()
    await signInOnServer(client, sessionToken, { redirectUri: callbackUri })
    expect(await client.oauth.userInfo()).toMatchObject({ sub: identity.id, email })
  })

  test('refuses to sign on with a key that has another permission, or an address that is none', async () => {
    const { key } = await addApiKey(server, ['IAM.START'])
    const signOn = { loginId: { email: newAddress() } }
    await expect(adminOf(key).headless.AuthenticationService.signOn(signOn)).rejects.toMatchObject(
      refused('PERMISSION_DENIED'),
    )
    const noAddress = { loginId: { email: 'ada' } }
    await expect(adminClient.headless.AuthenticationService.signOn(noAddress)).rejects.toMatchObject({
      violations: [{ field: 'loginId.email', violatedRule: 'FORMAT' }],
    })
  })
})

describe('the recovery service', () => {
  test('mails a link, whose token chooses a new password, once', async () => {
    const client = fullClient()
    const { email } = await signInNewMember(client)
    await client.recovery.sendRecoveryEmail({ email, redirect: { url: callbackUri, clientId: server.client.id } })
    const recoveryToken = await mailedToken(server, email)
    const next = { recoveryToken, password: 'another long passphrase' }
    expect(await client.recovery.recover(next)).toMatchObject({
      state: 'SUCCESS',
      identity: { email: { address: email } },
    })
    // Every session has ended with it, this client's own too.
    await expect(client.recovery.recover(next)).rejects.toMatchObject({
      name: 'SignedOutError',
      because: 'password_reset',
    })
    await expect(client.recovery.recover(next)).rejects.toMatchObject({
      ...refused('INVALID_RECOVERY_TOKEN'),
      data: { because: 'used' },
    })
  })

  test('says nothing of whether anybody has an address, and refuses an address of somebody else’s for the way back', async () => {
    const client = fullClient()
    expect(await client.recovery.sendRecoveryEmail({ email: newAddress() })).toEqual({})
    const redirect = { url: 'https://evil.example/', clientId: server.client.id }
    await expect(client.recovery.sendRecoveryEmail({ email: newAddress(), redirect })).rejects.toMatchObject({
      violations: [{ field: 'redirect.url' }],
    })
  })

  test('refuses a token that is none, and a password that breaks a rule', async () => {
    const client = fullClient()
    await expect(client.recovery.recover({ recoveryToken: 'x', password })).rejects.toMatchObject(
      refused('INVALID_RECOVERY_TOKEN'),
    )
    const { email } = await signInNewMember(client)
    await client.recovery.sendRecoveryEmail({ email })
    const recoveryToken = await mailedToken(server, email)
    await expect(client.recovery.recover({ recoveryToken, password: 'short' })).rejects.toMatchObject({
      violations: [{ field: 'password', violatedRule: 'MIN_LENGTH' }],
    })
  })

  test('mails a member their first link, and knows no member who is not there', async () => {
    const { AuthenticationService, RecoveryService } = adminClient.headless
    const email = newAddress()
    const { identity } = await AuthenticationService.signOn({ loginId: { email } })
    expect(await RecoveryService.sendActivationEmail({ identityId: identity.id })).toEqual({})
    expect(await mailsTo(server, email, 'activation')).toHaveLength(1)
    await expect(RecoveryService.sendActivationEmail({ identityId: nobody })).rejects.toMatchObject(refused('-19999'))
  })
})

describe('the sign-on policy and verification services', () => {
  async function withVerification<T>(work: () => Promise<T>): Promise<T> {
    const { SignOnPolicyService } = adminClient.headless
    await SignOnPolicyService.updateSignOnPolicy({ signOnPolicy: { requireEmailVerification: true } })
    try {
      return await work()
    } finally {
      await SignOnPolicyService.updateSignOnPolicy({ signOnPolicy: { requireEmailVerification: false } })
    }
  }

  /** Registers somebody who has to prove their address. */
  const newPending = (client: ReturnType<typeof fullClient>, email: string) =>
    withVerification(async () => {
      const signOn = await client.auth.register({ email, password })
      if (signOn.state !== 'REQUIRE_EMAIL_VERIFICATION') throw new Error(signOn.state)
      return signOn.stateToken
    })

  test('change what new members wait for, and leave the rest as it is', async () => {
    const { SignOnPolicyService } = adminClient.headless
    const before = await SignOnPolicyService.getSignOnPolicy()
    expect(before).toEqual({ signOnPolicy: { requireOwnerApproval: false, requireEmailVerification: false } })
    await withVerification(async () => {
      expect(await SignOnPolicyService.getSignOnPolicy()).toEqual({
        signOnPolicy: { requireOwnerApproval: false, requireEmailVerification: true },
      })
      // A mask that names another field changes nothing.
      const signOnPolicy = { requireEmailVerification: false }
      const change = { signOnPolicy, fieldMask: 'requireOwnerApproval' }
      expect(await SignOnPolicyService.updateSignOnPolicy(change)).toMatchObject({
        signOnPolicy: { requireEmailVerification: true },
      })
      await expect(SignOnPolicyService.updateSignOnPolicy({ signOnPolicy, fieldMask: 'x' })).rejects.toMatchObject({
        violations: [{ field: 'fieldMask' }],
      })
    })
  })

  test('a login that waits for a code goes on by the code, and the member is signed in', async () => {
    const client = fullClient()
    const email = newAddress()
    const stateToken = await newPending(client, email)
    const code = await mailedCode(server, email)
    await expect(client.auth.verifyEmail({ code: anotherCode(code), stateToken })).rejects.toMatchObject({
      ...refused('VERIFICATION_FAILED'),
      data: { because: 'wrong', triesLeft: 4 },
    })
    const signOn = await client.auth.verifyEmail({ code, stateToken })
    if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
    await signInOnServer(client, signOn.sessionToken, { redirectUri: callbackUri })
    expect(await client.oauth.userInfo()).toMatchObject({ email, emailVerified: true })
    await expect(client.verification.verifyDuringAuthentication({ code, stateToken })).rejects.toMatchObject(
      refused('VERIFICATION_FAILED'),
    )
  })

  test.each(['auth', 'module'] as const)(
    'after another code was asked for by the %s the one before counts no more',
    async (by) => {
      const client = fullClient()
      const email = newAddress()
      const stateToken = await newPending(client, email)
      const first = await mailedCode(server, email)
      if (by === 'auth') await client.auth.sendAnotherCode({ stateToken })
      else await client.verification.resendDuringAuthentication({ stateToken })
      const second = await mailedCode(server, email)
      expect(second).not.toBe(first)
      await expect(client.auth.verifyEmail({ code: first, stateToken })).rejects.toMatchObject(
        refused('VERIFICATION_FAILED'),
      )
      expect(await client.verification.verifyDuringAuthentication({ code: second, stateToken })).toMatchObject({
        state: 'SUCCESS',
      })
    },
  )

  test('another code for a login that nobody has begun is refused', async () => {
    await expect(fullClient().auth.sendAnotherCode({ stateToken: 'x' })).rejects.toMatchObject(
      refused('VERIFICATION_FAILED'),
    )
  })

  test('the site has a code mailed to a member, and to nobody who is not there', async () => {
    const { AuthenticationService, VerificationService } = adminClient.headless
    const email = newAddress()
    const { identity } = await AuthenticationService.signOn({ loginId: { email } })
    const { verificationId } = await VerificationService.start({ identityId: identity.id })
    expect(verificationId).not.toBe('')
    expect(await mailsTo(server, email, 'verification_code')).toHaveLength(1)
    await expect(VerificationService.start({ identityId: nobody })).rejects.toMatchObject(refused('-19999'))
  })
})

describe('the OAuth apps service', () => {
  const service = () => adminClient.headless.OAuthAppService

  test('makes, tells, changes and deletes an app', async () => {
    const { oAuthApp } = await service().createOAuthApp({
      oAuthApp: { name: 'The shop', allowedRedirectUris: [callbackUri], description: 'Of the tests' },
    })
    const oAuthAppId = oAuthApp.id
    expect(await service().getOAuthApp({ oAuthAppId })).toEqual({ oAuthApp })
    // What is not given stays; `null` empties.
    const changed = await service().updateOAuthApp({ oAuthAppId, oAuthApp: { name: 'New', description: null } })
    expect(changed.oAuthApp).toEqual({ ...oAuthApp, name: 'New', description: '' })
    expect(await service().deleteOAuthApp({ oAuthAppId })).toEqual({})
    await expect(service().getOAuthApp({ oAuthAppId })).rejects.toMatchObject(refused('NOT_FOUND'))
    await expect(service().deleteOAuthApp({ oAuthAppId })).rejects.toMatchObject(refused('NOT_FOUND'))
  })

  test('changes of what is given only what the mask names', async () => {
    const { id: oAuthAppId } = await addClientOf(server)
    const { oAuthApp } = await service().updateOAuthApp({
      oAuthAppId,
      oAuthApp: { name: 'Renamed', description: 'Not meant' },
      mask: ['name'],
    })
    expect(oAuthApp).toMatchObject({ name: 'Renamed', description: '' })
  })

  test('refuses a field that breaks a rule, and an id that is none', async () => {
    await expect(service().createOAuthApp({ oAuthApp: { name: 'x' } })).rejects.toMatchObject({
      violations: [{ field: 'oAuthApp.name' }],
    })
    // An id cannot lead to another address either.
    await expect(service().getOAuthApp({ oAuthAppId: '../sign-on-policies' })).rejects.toMatchObject({
      name: 'RefusedError',
      violations: [{ field: 'oAuthAppId' }],
    })
  })

  test('lists apps by pages, and refuses a query for what is not offered', async () => {
    for (const name of ['zz first', 'zz second', 'zz third']) await addClientOf(server, { name })
    const sort = [{ fieldName: 'name', order: 'DESC' }] as const
    const first = await service().queryOAuthApps({ query: { sort, cursorPaging: { limit: 2 } } })
    expect(first.oAuthApps.map(({ name }) => name)).toEqual(['zz third', 'zz second'])
    const cursor = first.pagingMetadata.cursors?.next ?? ''
    const next = await service().queryOAuthApps({ query: { cursorPaging: { limit: 1, cursor } } })
    expect(next.oAuthApps.map(({ name }) => name)).toEqual(['zz first'])
    expect((await service().queryOAuthApps()).pagingMetadata).toMatchObject({ offset: 0 })
    await expect(service().queryOAuthApps({ query: { filter: { name: 'zz first' } } })).rejects.toMatchObject({
      violations: [{ field: 'query.filter' }],
    })
  })

  test('makes a secret once, by which the app acts for the site', async () => {
    const { oAuthApp } = await service().createOAuthApp({ oAuthApp: { name: 'A server of the shop' } })
    const { oAuthAppSecret } = await service().generateOAuthAppSecret({ oAuthAppId: oAuthApp.id })
    await expect(service().generateOAuthAppSecret({ oAuthAppId: oAuthApp.id })).rejects.toMatchObject(
      refused('ALREADY_EXISTS'),
    )
    const app = createAdminClient({
      baseUrl: server.url,
      auth: AppStrategy({ clientId: oAuthApp.id, clientSecret: oAuthAppSecret }),
    })
    expect(await app.headless.OAuthAppService.getOAuthApp({ oAuthAppId: oAuthApp.id })).toMatchObject({
      oAuthApp: { allowSecretGeneration: false },
    })
    const wrong = createAdminClient({
      baseUrl: server.url,
      auth: AppStrategy({ clientId: oAuthApp.id, clientSecret: `${oAuthAppSecret}x` }),
    })
    await expect(wrong.headless.OAuthAppService.queryOAuthApps()).rejects.toMatchObject(refused('invalid_client'))
  })
})

describe('the OAuth service', () => {
  test('gives tokens, and says what they stand for until their session ends', async () => {
    const client = fullClient()
    await signInNewMember(client)
    const { sub } = await client.oauth.userInfo()
    const { accessToken = '', refreshToken = null } = (await client.auth.tokens()) ?? {}
    const fresh = await client.oauth.token({ grantType: 'refresh_token', refreshToken })
    for (const token of [accessToken, fresh.access_token]) {
      expect(await client.oauth.tokenInfo({ token })).toMatchObject({
        active: true,
        subjectType: 'MEMBER',
        subjectId: sub,
      })
    }
    await client.auth.signOut()
    expect(await client.oauth.tokenInfo({ token: accessToken })).toEqual({
      active: false,
      subjectType: 'UNKNOWN',
      subjectId: '',
      clientId: '',
    })
  })

  test('gives the site the tokens of a member whom its own server knows, and a member none of anybody’s', async () => {
    const { AuthenticationService, OAuthService } = adminClient.headless
    const { identity } = await AuthenticationService.signOn({ loginId: { email: newAddress() } })
    const grant = { grantType: 'authorized_client', memberId: identity.id, clientId: server.client.id }
    const { access_token: token } = await OAuthService.token(grant)
    expect(await OAuthService.tokenInfo({ token })).toMatchObject({ active: true, subjectId: identity.id })
    const member = fullClient()
    await signInNewMember(member)
    await expect(member.oauth.token(grant)).rejects.toMatchObject({ ...refused('invalid_client'), status: 401 })
    expect(await member.auth.isSignedIn()).toBe(true)
  })

  test('refuses a grant with the error of OAuth, and the member stays signed in', async () => {
    const client = fullClient()
    await signInNewMember(client)
    const before = await client.auth.tokens()
    const grant = { grantType: 'client_credentials', clientId: server.client.id, clientSecret: 'wrong' }
    await expect(client.oauth.token(grant)).rejects.toMatchObject({ ...refused('invalid_client'), status: 401 })
    await expect(client.oauth.token({ grantType: 'x' })).rejects.toMatchObject(refused('unsupported_grant_type'))
    expect(await client.auth.tokens()).toEqual(before)
  })

  test('tells a visitor of no user, and anybody the keys', async () => {
    const client = fullClient()
    await expect(client.oauth.userInfo()).rejects.toMatchObject(refused('PERMISSION_DENIED'))
    const { keys } = await client.oauth.jwks()
    expect(keys.length).toBeGreaterThan(0)
    expect(await (await fetch(`${server.url}/oauth2/jwks`)).json()).toEqual({ keys })
  })
})

describe('the redirects service', () => {
  test('prepares a sign-out by the browser, which ends nothing before the browser goes there', async () => {
    const client = fullClient()
    await signInNewMember(client)
    const { redirectSession } = await client.redirects.createRedirectSession({
      logout: { clientId: server.client.id },
      callbacks: { postFlowUrl: callbackUri },
    })
    await client.sessions.getCurrentSession()
    const answer = await fetch(redirectSession.fullUrl, { redirect: 'manual', headers: { accept: 'text/html' } })
    expect(answer.headers.get('location')).toBe(callbackUri)
    await expect(client.sessions.getCurrentSession()).rejects.toBeInstanceOf(sdk.SignedOutError)
  })

  test('refuses no intent, two of them, and an address of somebody else’s', async () => {
    const client = fullClient()
    const logout = { clientId: server.client.id }
    for (const message of [{}, { logout, login: {} }]) {
      await expect(client.redirects.createRedirectSession(message)).rejects.toMatchObject({
        violations: [{ field: 'intent' }],
      })
    }
    const callbacks = { postFlowUrl: 'https://evil.example/' }
    await expect(client.redirects.createRedirectSession({ logout, callbacks })).rejects.toMatchObject({
      violations: [{ field: 'callbacks.postFlowUrl' }],
    })
  })
})

describe('the sessions of a member', () => {
  async function signedInTwice() {
    const [first, second] = [fullClient(), fullClient()]
    const { email } = await signInNewMember(first)
    const signOn = await second.auth.checkPassword({ email, password })
    if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
    await signInOnServer(second, signOn.sessionToken, { redirectUri: callbackUri })
    return [first, second] as const
  }

  test('the current one is told, and a visitor has none', async () => {
    const [client] = await signedInTwice()
    const { sub } = await client.oauth.userInfo()
    const { session } = await client.sessions.getCurrentSession()
    expect(session).toMatchObject({ memberId: sub, clientId: server.client.id })
    await expect(fullClient().sessions.getCurrentSession()).rejects.toMatchObject(refused('UNAUTHENTICATED'))
  })

  test('ending the current one leaves the other', async () => {
    const [first, second] = await signedInTwice()
    expect(await first.sessions.endCurrentSession()).toEqual({})
    await expect(first.sessions.getCurrentSession()).rejects.toMatchObject({ because: 'logout' })
    await second.sessions.getCurrentSession()
  })

  test('ending the others leaves the current one', async () => {
    const [first, second] = await signedInTwice()
    expect(await first.sessions.endOtherSessions()).toEqual({})
    await first.sessions.getCurrentSession()
    await expect(second.sessions.getCurrentSession()).rejects.toMatchObject({ because: 'logout_others' })
    // Who is signed out ends nothing of anybody’s.
    await expect(second.sessions.endOtherSessions()).rejects.toMatchObject(refused('UNAUTHENTICATED'))
    await first.sessions.getCurrentSession()
  })

  test('ending all of them leaves none', async () => {
    const [first, second] = await signedInTwice()
    expect(await first.sessions.endAllSessions()).toEqual({})
    for (const client of [first, second]) {
      await expect(client.sessions.getCurrentSession()).rejects.toBeInstanceOf(sdk.SignedOutError)
    }
  })
})

test('every service of an administrative client has the methods of its module', () => {
  const { headless } = adminClient
  const names = (methods: object) => Object.keys(methods).toSorted()
  expect(Object.fromEntries(Object.entries(headless).map(([service, methods]) => [service, names(methods)]))).toEqual({
    AuthenticationService: names(sdk.authentication),
    OAuthAppService: names(sdk.oauthApps),
    OAuthService: names(sdk.oauth),
    RecoveryService: names(sdk.recovery),
    RedirectSessionService: names(sdk.redirects),
    SignOnPolicyService: names(sdk.signOnPolicy),
    VerificationService: names(sdk.verification),
  })
})
