/** Makes what the examples of the documentation take as given, each thing where an example names it. */
import { randomUUID } from 'node:crypto'
import { addApiKey } from '../../server/test/support/administer.ts'
import { secretOf } from '../../server/test/support/clients.ts'
import { mailedCode, mailedToken } from '../../server/test/support/proofs.ts'
import { callbackUri, type TestServer } from '../../server/test/support/test-server.ts'
import * as sdk from '../src/index.ts'
import { ApiKeyStrategy, createAdminClient, signInOnServer } from '../src/server.ts'
import type { Give, Given } from './given.ts'
import type { Page } from './page.ts'
import { password } from './site.ts'

function clientOf(server: TestServer): Given['client'] {
  const { authentication, oauth, recovery, redirects, sessions, verification } = sdk
  return sdk.createClient({
    baseUrl: server.url,
    auth: sdk.OAuthStrategy({ clientId: server.client.id }),
    modules: { authentication, oauth, recovery, redirects, sessions, verification },
  })
}

function adminOf(baseUrl: string, apiKey: string) {
  return createAdminClient({ baseUrl, auth: ApiKeyStrategy({ apiKey }) })
}

/** Every name that an example may use. */
export const givenNames = Object.keys(makers({} as TestServer, {} as Page)) as readonly (keyof Given)[]

/** @param server - One of the example's own: it may change what it likes. */
export function giveFrom(server: TestServer, page: Page): Give {
  const make = makers(server, page)
  const made = new Map<keyof Given, Promise<unknown>>()
  const give: Give = <Name extends keyof Given>(name: Name) => {
    const known = made.get(name) ?? make[name](give)
    made.set(name, known)
    return known as Promise<Given[Name]>
  }
  return give
}

function makers(
  server: TestServer,
  page: Page,
): { readonly [Name in keyof Given]: (give: Give) => Promise<Given[Name]> } {
  const email = `${randomUUID()}@shop.example`
  const pending = `${randomUUID()}@shop.example`
  const redirectUri = callbackUri
  return {
    baseUrl: async () => server.url,
    clientId: async () => server.client.id,
    clientSecret: () => secretOf(server),
    apiKey: async () => (await addApiKey(server)).key,
    redirectUri: async () => redirectUri,
    postLogoutRedirectUri: async () => callbackUri,
    email: async (give) => {
      await give('memberId')
      return email
    },
    password: async () => password,
    memberId: async () => (await clientOf(server).auth.register({ email, password })).identity.id,
    sessionToken: async (give) => {
      const signOn = await clientOf(server).auth.checkPassword({ email: await give('email'), password })
      return signOn.state === 'SUCCESS' ? signOn.sessionToken : signOn.state
    },
    recoveryToken: async (give) => {
      await clientOf(server).auth.sendPasswordResetEmail({ email: await give('email') })
      return mailedToken(server, email)
    },
    client: async (give) => {
      const client = clientOf(server)
      const signOn = await client.auth.checkPassword({ email: await give('email'), password })
      if (signOn.state === 'SUCCESS') await signInOnServer(client, signOn.sessionToken, { redirectUri })
      return client
    },
    accessToken: async (give) => (await (await give('client')).auth.tokens())?.accessToken ?? '',
    admin: async (give) => adminOf(server.url, await give('apiKey')),
    adminClient: (give) => give('admin'),
    stateToken: async (give) => {
      const { SignOnPolicyService } = (await give('admin')).headless
      await SignOnPolicyService.updateSignOnPolicy({ signOnPolicy: { requireEmailVerification: true } })
      const signOn = await clientOf(server).auth.register({ email: pending, password })
      await SignOnPolicyService.updateSignOnPolicy({ signOnPolicy: { requireEmailVerification: false } })
      return signOn.state === 'REQUIRE_EMAIL_VERIFICATION' ? signOn.stateToken : signOn.state
    },
    code: async (give) => {
      await give('stateToken')
      return mailedCode(server, pending)
    },
    oAuthAppId: async (give) => {
      const { OAuthAppService } = (await give('admin')).headless
      return (await OAuthAppService.createOAuthApp({ oAuthApp: { name: 'Another shop' } })).oAuthApp.id
    },
    request: async () => ({ headers: { cookie: 'theme=dark' } }),
    response: async () => ({ append: () => {} }),
    location: async () => page.location,
    // The browser has come back from a login on the server's page that was begun before.
    sessionStorage: async (give) => {
      const sessionToken = await give('sessionToken')
      const { url, pending: begun } = await clientOf(server).auth.beginLogin({
        redirectUri,
        prompt: 'none',
        sessionToken,
      })
      page.location.href = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? ''
      page.sessionStorage.set('pending', JSON.stringify(begun))
      return {
        getItem: (key) => page.sessionStorage.get(key) ?? null,
        setItem: (key, value) => void page.sessionStorage.set(key, value),
      }
    },
    show: async () => () => {},
  }
}
