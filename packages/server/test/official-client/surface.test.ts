/** What of the official client's strategy asks no server, or asks what others' tests do not: nothing of it is left untried. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite, signedInOnSite } from '../support/official-site.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let hosts: OfficialHosts
beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url)
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

test('getActiveToken gives the access token that is held, and a new client has none', async () => {
  expect(officialSite(server.client.id).auth.getActiveToken?.()).toBeFalsy()
  const { site, tokens } = await signedInOnSite(server.client.id)
  expect(site.auth.getActiveToken?.()).toBe(tokens.accessToken.value)
})

test('the site keys for a captcha are constants of the client and ask nobody', () => {
  const before = hosts.requests.length
  const { auth } = officialSite(server.client.id)
  expect(auth.captchaVisibleSiteKey).toMatch(/^[\w-]{40}$/)
  expect(auth.captchaInvisibleSiteKey).toMatch(/^[\w-]{40}$/)
  expect(hosts.requests.length).toBe(before)
})
