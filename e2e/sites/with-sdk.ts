/** A site's script with our SDK. Tests call what it lays out. */
import { authentication, createClient, localStorageTokens, OAuthStrategy, type SignedOutEvent } from '@adjourn/sdk'

const { baseUrl, clientId } = (globalThis as unknown as { settings: { baseUrl: string; clientId: string } }).settings
const told: SignedOutEvent[] = []
const client = createClient({
  baseUrl,
  auth: OAuthStrategy({ clientId, tokens: localStorageTokens(), onSignedOut: (event) => told.push(event) }),
  modules: { authentication },
})

Object.assign(globalThis, { client, told })
