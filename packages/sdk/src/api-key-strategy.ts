import type { Auth } from './auth.ts'
import type { AuthStrategy } from './create-client.ts'

/**
 * Acts for the site with an API key, as far as the key's permissions go. For servers only: whoever has the key may do the same.
 *
 * @example
 * ```ts
 * const admin = createClient({ baseUrl, auth: ApiKeyStrategy({ apiKey }), modules: { authentication } })
 * ```
 */
export function ApiKeyStrategy({
  apiKey,
}: {
  readonly apiKey: string
}): AuthStrategy<Auth & { readonly elevated: true }> {
  return () => ({ elevated: true, authorization: async () => apiKey })
}
