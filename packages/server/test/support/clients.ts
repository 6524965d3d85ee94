/** Clients as an administrator makes them, and what they get for their secrets. */
import type { Client } from '../../src/domain/client.ts'
import { administer } from './administer.ts'
import { send } from './send.ts'
import { callbackUri, type Served, siteOrigin, type TestServer } from './test-server.ts'

/** A client that may redirect to the site of the tests, by the administration API. */
export async function addClientOf(server: TestServer, more: Readonly<Record<string, unknown>> = {}): Promise<Client> {
  const answer = await administer(server, 'POST', '/clients', {
    name: 'A client of the tests',
    allowedRedirectUris: [callbackUri],
    allowedRedirectDomains: [new URL(siteOrigin).host],
    ...more,
  })
  if (answer.status !== 200) throw new Error(`The client was answered ${answer.status}: ${answer.text}`)
  const { client } = answer.json<{ client: { id: Client['id'] } }>()
  const made = await server.service.storage.findClient(client.id)
  if (made === undefined) throw new Error('The client that was made is not there')
  return made
}

/** Gives a client a secret, in the place of the one that it may have. */
export async function secretOf(server: Served, client: Pick<Client, 'id'> = server.client): Promise<string> {
  const answer = await administer(server, 'POST', `/clients/${client.id}/secret`)
  if (answer.status !== 200) throw new Error(`The secret was answered ${answer.status}: ${answer.text}`)
  return answer.json<{ secret: string }>().secret
}

/** An access token of an app. */
export async function appToken(server: Served, clientId: string, clientSecret: string): Promise<string> {
  const json = { clientId, clientSecret, grantType: 'client_credentials' }
  const answer = await send(`${server.url}/oauth2/token`, { json })
  if (answer.status !== 200) throw new Error(`The app got no token: ${answer.status} ${answer.text}`)
  return answer.json<{ access_token: string }>().access_token
}
