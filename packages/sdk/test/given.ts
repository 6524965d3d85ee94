/** What the examples of the documentation take as given. Here are the types alone, so that examples are checked without a server. */

import type * as sdk from '../src/index.ts'
import type { Auth, Client, OAuthAuth } from '../src/index.ts'
import type { AdminClient } from '../src/server.ts'

export type SiteModules = Pick<
  typeof sdk,
  'authentication' | 'oauth' | 'recovery' | 'redirects' | 'sessions' | 'verification'
>

/** The names, as an example may use them. */
export interface Given {
  readonly baseUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly apiKey: string
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
  /** Of a member who has registered. */
  readonly email: string
  readonly password: string
  readonly memberId: string
  readonly sessionToken: string
  readonly recoveryToken: string
  /** In which the member is signed in. */
  readonly client: Client<OAuthAuth, SiteModules>
  readonly accessToken: string
  readonly admin: AdminClient<Auth & { readonly elevated: true }>
  readonly adminClient: AdminClient<Auth & { readonly elevated: true }>
  /** Of a member who has to prove their address. */
  readonly stateToken: string
  readonly code: string
  readonly oAuthAppId: string
  /** As a framework for servers has them. */
  readonly request: { readonly headers: { readonly cookie?: string } }
  readonly response: { append(name: string, value: string): void }
  readonly location: { readonly href: string; assign(url: string): void }
  readonly sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void }
  readonly show: (text: string) => void
}

/** Makes what is asked for, once. */
export type Give = <Name extends keyof Given>(name: Name) => Promise<Given[Name]>
