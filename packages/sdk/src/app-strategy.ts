import type { Auth } from './auth.ts'
import type { AuthStrategy } from './create-client.ts'
import type { TokenResponse } from './messages.ts'
import { callApi, expectMessage } from './transport.ts'

export interface AppStrategyOptions {
  readonly clientId: string
  /** Of the client, as it was shown when it was made. */
  readonly clientSecret: string
}

/** A token is renewed this long before it expires. */
const spareMs = 30_000

/**
 * Acts for the site as an OAuth app that proves itself by its secret. Tokens are got when they are needed and kept in memory.
 *
 * @example
 * ```ts
 * const admin = createClient({ baseUrl, auth: AppStrategy({ clientId, clientSecret }), modules: { authentication } })
 * ```
 */
export function AppStrategy({
  clientId,
  clientSecret,
}: AppStrategyOptions): AuthStrategy<Auth & { readonly elevated: true }> {
  return (connection) => {
    let held: { readonly text: string; readonly expiresAt: number } | undefined
    let asking: Promise<string> | undefined

    async function get(): Promise<string> {
      const answer = await callApi(connection, {
        verb: 'POST',
        path: '/oauth2/token',
        body: { grantType: 'client_credentials', clientId, clientSecret },
      })
      const message = expectMessage<TokenResponse>(answer, 'access_token', 'expires_in')
      held = { text: message.access_token, expiresAt: connection.now() + message.expires_in * 1000 - spareMs }
      return held.text
    }

    /** Of several calls at once only the first asks. What failed is not kept. */
    async function good(): Promise<string> {
      if (held !== undefined && held.expiresAt > connection.now()) return held.text
      asking ??= get().finally(() => {
        asking = undefined
      })
      return asking
    }

    return {
      elevated: true,
      authorization: () => good(),
      refused: async (authorization) => {
        // Another call may have got a new one already.
        if (held?.text === authorization) held = undefined
        return (await good()) !== authorization
      },
    }
  }
}
