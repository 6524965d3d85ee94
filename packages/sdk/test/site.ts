/** A site whose code uses the SDK, against a real server. */
import { randomUUID } from 'node:crypto'
import { callbackUri, type TestServer } from '../../server/test/support/test-server.ts'
import {
  authentication,
  createClient,
  memoryTokens,
  OAuthStrategy,
  type OAuthStrategyOptions,
  type TokenStorage,
  type Tokens,
} from '../src/index.ts'
import { signInOnServer } from '../src/server.ts'

export const password = 'a long passphrase of ada'

type Served = Pick<TestServer, 'url' | 'client'>

/** A client of the site's, as its code makes it. */
export function siteClient(
  server: Served,
  more: Partial<OAuthStrategyOptions> & { fetch?: typeof fetch; now?: () => number; timeoutMs?: number } = {},
) {
  const { fetch, now, timeoutMs, ...options } = more
  return createClient({
    baseUrl: server.url,
    auth: OAuthStrategy({ clientId: server.client.id, ...options }),
    modules: { authentication },
    ...(fetch === undefined ? {} : { fetch }),
    ...(now === undefined ? {} : { now }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
}

export type SiteClient = ReturnType<typeof siteClient>

/** Tokens in memory that clients share as the tabs of a site do: with one storage, or each with its own of the same name. */
export function sharedTokens(tokens: Tokens | null = null, sharedAs: string = randomUUID()): TokenStorage {
  return { ...memoryTokens(tokens), sharedAs }
}

/** Registers a new member and signs them in. */
export async function signInNewMember(client: SiteClient): Promise<{ readonly email: string }> {
  const email = `${randomUUID()}@shop.example`
  const signOn = await client.auth.register({ email, password })
  if (signOn.state !== 'SUCCESS') throw new Error(`Nobody was registered: ${signOn.state}`)
  await signInOnServer(client, signOn.sessionToken, { redirectUri: callbackUri })
  return { email }
}

/** Counts the requests to each path, and may answer in place of the server. */
export function watchedFetch(answer: (path: string) => Response | Error | undefined = () => undefined) {
  const paths: string[] = []
  const watched: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input))
    paths.push(pathname)
    const given = answer(pathname)
    if (given instanceof Error) throw given
    return given ?? fetch(input, init)
  }
  return { fetch: watched, count: (path: string) => paths.filter((each) => each === path).length, paths }
}
