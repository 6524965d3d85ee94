/** Who may act for the site: neither nobody, nor a visitor, nor a member. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientId } from '../../src/domain/ids.ts'
import { actorOf, identifyTrustedCaller } from '../../src/operations/trusted-caller.ts'
import { signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const identify = (authorization: string | undefined) =>
  identifyTrustedCaller(server.service, authorization, 'OAUTH_APPS.READ')

test('nobody in particular may not act for the site', async () => {
  for (const authorization of [undefined, '', ',', 'Bearer']) {
    await expect(identify(authorization)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  }
})

test('a visitor may not act for the site', async () => {
  const answer = await send(`${server.url}/oauth2/token`, {
    json: { clientId: server.client.id, grantType: 'anonymous' },
  })
  const { access_token: token } = answer.json<{ access_token: string }>()
  await expect(identify(token)).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    data: { permission: 'OAUTH_APPS.READ' },
  })
})

test('a member may not act for the site', async () => {
  const { accessToken } = await signedInMember(server)
  await expect(identify(accessToken)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
})

test('what an app does is on record as the client, and what an API key does as the key', () => {
  expect(actorOf({ kind: 'app', clientId: 'a' as ClientId })).toEqual({ kind: 'client', id: 'a' })
  expect(actorOf({ kind: 'api_key', keyId: 'k', permissions: [], beside: null })).toEqual({ kind: 'api_key', id: 'k' })
})
