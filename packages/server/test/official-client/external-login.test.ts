/** The packages with an API key: `ApiKeyStrategy`, and the functions for external login. */
import { randomUUID } from 'node:crypto'
import { authentication, oauth } from '@wix/identity'
import { redirects } from '@wix/redirects'
import { ApiKeyStrategy, createClient, OAuthStrategy } from '@wix/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addApiKey, block } from '../support/administer.ts'
import { registerMember } from '../support/members.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite, tokenInfoOf } from '../support/official-site.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

const ownHost = 'auth.shop.example'
let server: TestServer
let hosts: OfficialHosts
let key: string
beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url, [ownHost])
})
beforeEach(async () => {
  key = (await addApiKey(server)).key
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

const newAddress = () => `${randomUUID()}@shop.example`

describe('ApiKeyStrategy', () => {
  test.each<[string, object]>([
    ['the official host', {}],
    ['a host of our own', { host: { apiBaseUrl: ownHost } }],
  ])('signs members on at %s, with the id of the site or without', async (_where, more) => {
    for (const siteId of [server.service.siteId, undefined]) {
      const options = siteId === undefined ? { apiKey: key, accountId: randomUUID() } : { apiKey: key, siteId }
      const client = createClient({ modules: { authentication }, auth: ApiKeyStrategy(options), ...more })
      const email = newAddress()
      const profile = { firstName: 'Ada', customFields: [{ name: 'tier', value: { strValue: 'gold' } }] }
      const { sessionToken, identity } = await client.authentication.signOn({ email }, { profile, verifyEmail: true })
      expect(sessionToken).toMatch(/^adj_ticket_/)
      expect(identity).toMatchObject({
        _id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        _createdDate: expect.any(Date),
        email: { address: email, isVerified: true },
        identityProfile: { firstName: 'Ada', customFields: [{ name: 'tier', value: { strValue: 'gold' } }] },
        status: { name: 'ACTIVE' },
      })
      const [again] = await Promise.all([client.authentication.signOn({ email })])
      expect(again.identity?._id).toBe(identity?._id)
    }
  })

  test('is refused for another site, and for a key that is not known', async () => {
    const options = [
      { apiKey: key, siteId: randomUUID() },
      { apiKey: `adj_api_${'A'.repeat(43)}`, siteId: server.service.siteId },
    ]
    for (const each of options) {
      const client = createClient({ modules: { authentication }, auth: ApiKeyStrategy(each) })
      await expect(client.authentication.signOn({ email: newAddress() })).rejects.toMatchObject({
        details: { applicationError: { code: 'UNAUTHENTICATED', data: {} }, requestId: expect.any(String) },
      })
    }
  })

  test('tells a blocked member by the code, and a malformed address by its field', async () => {
    const { email, memberId } = await registerMember(server)
    await block(server, memberId)
    const client = createClient({
      modules: { authentication },
      auth: ApiKeyStrategy({ apiKey: key, siteId: server.service.siteId }),
    })
    await expect(client.authentication.signOn({ email })).rejects.toMatchObject({
      details: { applicationError: { code: 'IDENTITY_NOT_ACTIVE' } },
    })
    await expect(client.authentication.signOn({ email: 'no address' })).rejects.toMatchObject({
      details: { validationError: { fieldViolations: [{ field: 'loginId.email', violatedRule: 'FORMAT' }] } },
    })
  })

  test('takes every module as far as a key goes: it creates redirect sessions, and logs nobody out', async () => {
    const auth = ApiKeyStrategy({ apiKey: key, siteId: server.service.siteId })
    const client = createClient({ modules: { authentication, oauth, redirects }, auth })
    const authRequest = {
      clientId: server.client.id,
      redirectUri: callbackUri,
      responseType: 'code',
      scope: 'offline_access',
      codeChallenge: 'c'.repeat(43),
      codeChallengeMethod: 'S256',
      state: 's',
    }
    const { redirectSession } = await client.redirects.createRedirectSession({ auth: { authRequest } })
    expect(redirectSession?.fullUrl).toContain('/authorize?')
    expect(await client.authentication.logout()).toMatchObject({ statusCode: 200 })
    await expect(client.authentication.changePassword('another passphrase')).rejects.toMatchObject({
      details: { applicationError: { code: 'PERMISSION_DENIED' } },
    })
  })
})

describe('external login', () => {
  const works = async (tokens: { readonly accessToken: { readonly value: string } }) =>
    (await tokenInfoOf(officialSite(server.client.id), tokens.accessToken.value)).active

  test('without a session gives a member’s tokens, whatever the state of the strategy’s own', async () => {
    const { memberId } = await registerMember(server)
    const fresh = createClient({ auth: OAuthStrategy({ clientId: server.client.id }) })
    const visitor = createClient({ auth: OAuthStrategy({ clientId: server.client.id }) })
    visitor.auth.setTokens(await visitor.auth.generateVisitorTokens())
    const before = hosts.requests.length
    for (const { auth } of [fresh, visitor, fresh]) {
      const tokens = await auth.getMemberTokensForExternalLogin(memberId, key)
      expect(tokens.refreshToken).toMatchObject({ role: 'member', value: expect.stringMatching(/^adj_refresh_/) })
      expect(await works(tokens)).toBe(true)
      auth.setTokens(tokens)
      expect(auth.loggedIn()).toBe(true)
      const renewed = await auth.renewToken(tokens.refreshToken)
      expect(renewed.refreshToken.role).toBe('member')
    }
    const sent = hosts.requests.slice(before).map(({ headers }) => headers.get('authorization') ?? '')
    expect(sent[0]).toBe(`,${key}`)
  })

  test('with a session signs the member on first, and its logout ends all of it', async () => {
    const { auth } = createClient({ auth: OAuthStrategy({ clientId: server.client.id }) })
    const email = newAddress()
    const tokens = await auth.getMemberTokensForExternalLoginWithSession(email, key, { profile: { nickname: 'Ada' } })
    expect(await works(tokens)).toBe(true)
    const other = await auth.getMemberTokensForExternalLoginWithSession(email, key)
    auth.setTokens(tokens)
    const { logoutUrl } = await auth.logout(callbackUri)
    await fetch(logoutUrl, { redirect: 'manual' })
    expect(await works(tokens)).toBe(false)
    await expect(auth.renewToken(tokens.refreshToken)).rejects.toThrow('invalid_grant')
    expect(await works(other)).toBe(true)
  })

  test('is refused with a key that is not good, in words that the caller sees', async () => {
    const { memberId } = await registerMember(server)
    const { auth } = createClient({ auth: OAuthStrategy({ clientId: server.client.id }) })
    const bad = `adj_api_${'A'.repeat(43)}`
    await expect(auth.getMemberTokensForExternalLogin(memberId, bad)).rejects.toThrow('invalid_client')
    await expect(auth.getMemberTokensForExternalLogin(randomUUID(), key)).rejects.toThrow('invalid_grant')
    await expect(auth.getMemberTokensForExternalLoginWithSession(newAddress(), bad)).rejects.toMatchObject({
      details: { applicationError: { code: 'UNAUTHENTICATED' } },
    })
  })
})
