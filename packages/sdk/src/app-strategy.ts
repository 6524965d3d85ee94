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
    let token: Promise<{ readonly text: string; readonly expiresAt: number }> | undefined

    async function get() {
      const answer = await callApi(connection, {
        verb: 'POST',
        path: '/oauth2/token',
        body: { grantType: 'client_credentials', clientId, clientSecret },
      })
      const message = expectMessage<TokenResponse>(answer, 'access_token')
      return { text: message.access_token, expiresAt: Date.now() + message.expires_in * 1000 - spareMs }
    }

    /** Of several calls at once only the first asks. What failed is not kept. */
    async function good(refused?: string): Promise<string> {
      const kept = await token?.catch(() => undefined)
      if (kept !== undefined && kept.expiresAt > Date.now() && kept.text !== refused) return kept.text
      token = get()
      return (await token).text
    }

    return {
      elevated: true,
      authorization: () => good(),
      refused: async (authorization) => (await good(authorization)) !== authorization,
    }
  }
}
