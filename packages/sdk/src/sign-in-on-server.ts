import { UnavailableError } from './errors.ts'
import type { OAuthAuth } from './oauth-strategy.ts'

/**
 * Turns a `sessionToken` into tokens without a browser, as the server of a site does after a login form of its own.
 *
 * @param options.redirectUri - One of the client's; nobody is sent there.
 * @throws {RefusedError} With what the server says, such as `login_required` for a token that was used.
 *
 * @example
 * ```ts
 * const signOn = await client.auth.logIn({ email, password })
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
  const location = answer.headers.get('location')
  if (location === null) {
    throw new UnavailableError(`The server answered ${answer.status} and sent nobody on`, {
      outcome: 'unknown',
      status: answer.status,
    })
  }
  await client.auth.finishLogin(location, pending)
}
