/** What sites have in their own code, for what it makes of the SDK in a browser. */

/** Registers and logs members in, holds their tokens, and logs them out: what the README of the SDK begins with. */
export const loginAndLogout = `
import { authentication, createClient, localStorageTokens, OAuthStrategy } from '@adjourn/sdk'
globalThis.client = createClient({
  baseUrl: location.origin,
  auth: OAuthStrategy({ clientId: 'ad10ad10-0000-4000-8000-000000000001', tokens: localStorageTokens() }),
  modules: { authentication },
})`

/** Leaves out nothing of what browsers can use. */
export const everything = `
import * as sdk from '@adjourn/sdk'
globalThis.sdk = sdk`

/** Uses next to nothing. */
export const oneError = `
import { SignedOutError } from '@adjourn/sdk'
globalThis.onerror = (_message, _url, _line, _column, error) => error instanceof SignedOutError`
