import type { ContextClient } from './context.ts'
import { UnavailableError } from './errors.ts'
import type { OAuthAuth } from './oauth-auth.ts'
import { type Connection, callApi, expectMessage } from './transport.ts'

/**
 * Turns a `sessionToken` into tokens without a browser, as the server of a site does after a login form of its own.
 *
 * @param options.redirectUri - One of the client's; nobody is sent there.
 * @throws {RefusedError} With what the server says, such as `login_required` for a token that was used, or `invalid_request` for a
 *   `redirectUri` that is not the client's.
 * @throws {UnavailableError} When there is no answer, or one that leads elsewhere.
 *
 * @example
 * ```ts
 * const signOn = await client.auth.checkPassword({ email, password })
 * if (signOn.state === 'SUCCESS') await signInOnServer(client, signOn.sessionToken, { redirectUri })
 * ```
 */
export async function signInOnServer(
  client: { readonly auth: OAuthAuth; readonly asContext: ContextClient },
  sessionToken: string,
  { redirectUri }: { readonly redirectUri: string },
): Promise<void> {
  const { url, pending } = await client.auth.beginLogin({ redirectUri, prompt: 'none', sessionToken })
  const { location, status } = await whereItLeads(client.asContext.connection, new URL(url))
  if (!isAt(location, redirectUri)) {
    throw new UnavailableError(`The server answered ${status} and sent nobody on to redirectUri`, {
      outcome: 'unknown',
      status,
    })
  }
  await client.auth.finishLogin(location, pending)
}

interface Redirect {
  readonly location: string
  readonly status: number
}

/** Asks as a browser would that is sent there, and does not follow. What is no redirect is a refusal or failure like any other. */
async function whereItLeads(connection: Connection, { pathname, search }: URL): Promise<Redirect> {
  const ask: typeof fetch = async (input, init) => {
    const answer = await connection.fetch(input, { ...init, redirect: 'manual' })
    const location = answer.headers.get('location')
    return location === null ? answer : Response.json({ location, status: answer.status } satisfies Redirect)
  }
  try {
    const request = { verb: 'GET', path: `${pathname}${search}` } as const
    return expectMessage(await callApi({ ...connection, fetch: ask }, request), 'location')
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    // Unlike other requests that only ask, this one may have used the token up.
    throw new UnavailableError(error.message, { outcome: 'unknown', status: error.status, cause: error.cause ?? error })
  }
}

/** Whatever leads elsewhere has not come of this login. */
function isAt(location: string, redirectUri: string): boolean {
  if (!URL.canParse(location)) return false
  const [sent, meant] = [new URL(location), new URL(redirectUri)]
  return sent.origin === meant.origin && sent.pathname === meant.pathname
}
