import type { Auth } from './auth.ts'
import * as authentication from './authentication.ts'
import { type AuthStrategy, type Bound, type Client, createClient } from './create-client.ts'
import * as oauth from './oauth.ts'
import * as oauthApps from './oauth-apps.ts'
import * as recovery from './recovery.ts'
import * as redirects from './redirects.ts'
import * as signOnPolicy from './sign-on-policy.ts'
import * as verification from './verification.ts'

/** The services of the identity API by their own names. The sessions of members are not among them: those are the members' own. */
export interface AdminServices {
  readonly AuthenticationService: Bound<typeof authentication>
  readonly OAuthAppService: Bound<typeof oauthApps>
  readonly OAuthService: Bound<typeof oauth>
  readonly RecoveryService: Bound<typeof recovery>
  readonly RedirectSessionService: Bound<typeof redirects>
  readonly SignOnPolicyService: Bound<typeof signOnPolicy>
  readonly VerificationService: Bound<typeof verification>
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
  const { auth, asContext, enableContext, ...headless } = createClient({
    ...options,
    modules: {
      AuthenticationService: authentication,
      OAuthAppService: oauthApps,
      OAuthService: oauth,
      RecoveryService: recovery,
      RedirectSessionService: redirects,
      SignOnPolicyService: signOnPolicy,
      VerificationService: verification,
    },
  })
  return { auth, asContext, headless }
}
