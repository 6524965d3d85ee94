import { UnavailableError } from './errors.ts'
import type { OAuthAuth } from './oauth-auth.ts'

/**
 * Turns a `sessionToken` into tokens without a browser, as the server of a site does after a login form of its own.
 *
 * @param options.redirectUri - One of the client's; nobody is sent there.
 * @throws {RefusedError} With what the server says, such as `login_required` for a token that was used.
 * @throws {UnavailableError} When there is no answer, or one that leads elsewhere, as for a `redirectUri` that is not the client's.
 *
 * @example
 * ```ts
 * const signOn = await client.auth.checkPassword({ email, password })
 * if (signOn.state === 'SUCCESS') await signInOnServer(client, signOn.sessionToken, { redirectUri })
 * ```
 */
export async function signInOnServer(
  client: { readonly auth: OAuthAuth },
  sessionToken: string,
  { redirectUri, fetch = globalThis.fetch }: { readonly redirectUri: string; readonly fetch?: typeof globalThis.fetch },
): Promise<void> {
  const { url, pending } = await client.auth.beginLogin({ redirectUri, prompt: 'none', sessionToken })
  let answer: Response
  try {
    answer = await fetch(url, { redirect: 'manual' })
  } catch (cause) {
    throw new UnavailableError('The server cannot be reached', { outcome: 'unknown', status: null, cause })
  }
  const location = answer.headers.get('location') ?? ''
  if (!isAt(location, redirectUri)) {
    throw new UnavailableError(`The server answered ${answer.status} and sent nobody on to redirectUri`, {
      outcome: 'unknown',
      status: answer.status,
    })
  }
  await client.auth.finishLogin(location, pending)
}

/** Whatever leads elsewhere has not come of this login. */
function isAt(location: string, redirectUri: string): boolean {
  if (!URL.canParse(location)) return false
  const [sent, meant] = [new URL(location), new URL(redirectUri)]
  return sent.origin === meant.origin && sent.pathname === meant.pathname
}
