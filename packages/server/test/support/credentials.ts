import type { Client } from '../../src/domain/client.ts'
import { authorizeQuery } from './members.ts'
import { askToExchange, askToRefresh, codeIn } from './requests.ts'
import { send } from './send.ts'
import type { TestServer } from './test-server.ts'

/** Something that the service has handed out, by what it is good for. */
export interface Credential {
  readonly kind:
    | 'session ticket'
    | 'code'
    | 'cookie'
    | 'access token'
    | 'refresh token'
    | 'logout ticket'
    | 'visitor access token'
    | 'visitor refresh token'
  readonly text: string
  /** Whose it is, where it is a client's. */
  readonly client: Client
}

/** Where a credential was presented, and whether it was accepted there. */
export type Verdicts = Readonly<Record<string, boolean>>

/** Presents a credential wherever that uses nothing up. */
export async function present(server: TestServer, { kind, text, client }: Credential): Promise<Verdicts> {
  switch (kind) {
    case 'access token':
      return {
        'token info': await isActive(server, text),
        'session check': await isSession(server, { authorization: text }),
        'user info':
          (await send(`${server.url}/oauth2/user-info`, { headers: { authorization: text } })).status === 200,
      }
    case 'cookie':
      return { 'session check': await isSession(server, { cookie: text }) }
    case 'visitor refresh token':
      return {
        'token info': await isActive(server, text),
        refresh: (await askToRefresh({ ...server, client }, text)).status === 200,
      }
    case 'refresh token':
    case 'visitor access token':
      return { 'token info': await isActive(server, text) }
    case 'session ticket':
    case 'code':
    case 'logout ticket':
      return {}
  }
}

/** Presents a credential where it is used up if it is any good. */
export async function useUp(server: TestServer, credential: Credential): Promise<Verdicts> {
  const { kind, text, client } = credential
  const of = { ...server, client }
  switch (kind) {
    case 'session ticket': {
      const query = authorizeQuery(client, { sessionToken: text })
      return { authorize: codeIn(await send(`${server.url}/oauth2/authorize?${query}`)) !== undefined }
    }
    case 'cookie': {
      const silent = await send(`${server.url}/oauth2/authorize?${authorizeQuery(client)}`, {
        headers: { cookie: text },
      })
      return { 'silent login': codeIn(silent) !== undefined }
    }
    case 'code':
      return { exchange: (await askToExchange(of, text)).status === 200 }
    case 'refresh token':
      return { refresh: (await askToRefresh(of, text)).status === 200 }
    case 'logout ticket': {
      const { n } = await server.service.storage.logHead()
      await send(`${server.url}/v1/logout?logoutTicket=${text}`)
      return { 'ends something': (await server.service.storage.logHead()).n > n }
    }
    case 'access token':
    case 'visitor access token':
    case 'visitor refresh token':
      return {}
  }
}

async function isActive(server: TestServer, token: string): Promise<boolean> {
  return (await send(`${server.url}/oauth2/token-info`, { json: { token } })).json<{ active: boolean }>().active
}

async function isSession(server: TestServer, headers: Readonly<Record<string, string>>): Promise<boolean> {
  return (await send(`${server.url}/v1/sessions/current`, { headers })).status === 200
}
