/** What only a server of the site needs: acting for the site itself, a client for each request, tokens in cookies it sets. */
export { type AdminClient, type AdminServices, createAdminClient } from './admin-client.ts'
export { ApiKeyStrategy } from './api-key-strategy.ts'
export { AppStrategy, type AppStrategyOptions } from './app-strategy.ts'
export { auth } from './elevate.ts'
export { type RequestCookies, requestTokens } from './request-tokens.ts'
export { runInContext } from './run-in-context.ts'
export { signInOnServer } from './sign-in-on-server.ts'
