import type { Auth } from './auth.ts'
import * as authentication from './authentication.ts'
import { type AuthStrategy, type Bound, type Client, createClient } from './create-client.ts'

/** The services of the identity API by their own names. */
export interface AdminServices {
  readonly AuthenticationService: Bound<typeof authentication>
}

export interface AdminClient<A extends Auth> {
  readonly auth: A
  readonly headless: AdminServices
  readonly asContext: Client<A, Record<never, never>>['asContext']
}

/**
 * Makes a client that acts for the site, with every service of the identity API by its own name.
 *
 * @example
 * ```ts
 * const adminClient = createAdminClient({ baseUrl, auth: AppStrategy({ clientId, clientSecret }) })
 * await adminClient.headless.AuthenticationService.logout({ clientId })
 * ```
 */
export function createAdminClient<A extends Auth & { readonly elevated: true }>(options: {
  readonly baseUrl: string
  readonly auth: AuthStrategy<A>
  readonly fetch?: typeof fetch
}): AdminClient<A> {
  const { auth, asContext, AuthenticationService } = createClient({
    ...options,
    modules: { AuthenticationService: authentication },
  })
  return { auth, asContext, headless: { AuthenticationService } }
}
